//! urlGet: downloads by the command `curl`.

use crate::libc::args::{flag, new_buffer};
use crate::libc::text::os_string_or_throw;
use qjs_engine::object::function::Call;
use qjs_engine::{Context, Result, Value, embed};
use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

/// What curl answered: status, headers, body.
struct Response {
    status: i32,
    headers: Vec<u8>,
    body: Vec<u8>,
}

/// urlGet(url, { binary, full })
pub fn url_get(c: &Call<'_>) -> Result {
    let cx = c.cx;
    let url = os_string_or_throw(cx, c.arg(0))?;
    let binary = flag(cx, c.arg(1), "binary", false)?;
    let full = flag(cx, c.arg(1), "full", false)?;
    let r = download(cx, url.to_bytes())?;
    let body = match &r {
        Some(r) if full || (200..300).contains(&r.status) => {
            if binary {
                new_buffer(cx, &r.body)?.into()
            } else {
                embed::decode_utf8(cx.rt(), &r.body)?.into()
            }
        }
        _ => Value::NULL,
    };
    if !full {
        return Ok(body);
    }
    let o = cx.new_object()?;
    o.create_data_property(cx, &cx.key("response")?, body)?;
    if let Some(r) = r {
        let headers = embed::decode_utf8(cx.rt(), &r.headers)?;
        o.create_data_property(cx, &cx.key("responseHeaders")?, headers.into())?;
        o.create_data_property(cx, &cx.key("status")?, Value::int(r.status))?;
    }
    Ok(o.into())
}

/// None if nothing came that is HTTP.
fn download(cx: &Context, url: &[u8]) -> Result<Option<Response>> {
    // No shell: the URL is an argument, whatever it looks like.
    let child = Command::new("curl")
        .args(["-s", "-i", "--"])
        .arg(OsStr::from_bytes(url))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return Ok(None);
    };
    let mut text = Vec::new();
    let limit = cx.rt().memory_left() as u64;
    let read = child.stdout.take().map(|out| out.take(limit).read_to_end(&mut text));
    if text.len() as u64 >= limit {
        let _ = child.kill();
    }
    let ended = child.wait().is_ok_and(|s| s.success());
    if text.len() as u64 >= limit {
        return Err(cx.throw_oom());
    }
    if !ended || !matches!(read, Some(Ok(_))) {
        return Ok(None);
    }
    Ok(parse(text))
}

fn parse(mut text: Vec<u8>) -> Option<Response> {
    loop {
        if !text.starts_with(b"HTTP/") {
            return None;
        }
        let end = text.windows(4).position(|w| w == b"\r\n\r\n")?;
        let body = text.split_off(end + 4);
        let line_end = text.windows(2).position(|w| w == b"\r\n")?;
        let line = std::str::from_utf8(&text[..line_end]).ok()?;
        let status = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
        // "100 Continue" and its like precede the answer.
        if (100..200).contains(&status) && status != 101 {
            text = body;
            continue;
        }
        let headers = text[line_end + 2..end + 2].to_vec();
        return Some(Response { status, headers, body });
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn responses() {
        let r =
            parse(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/2 204 \r\nA: b\r\nC: d\r\n\r\nbody\r\n\r\n".to_vec());
        let r = r.filter(|r| r.status == 204).map(|r| (r.headers, r.body));
        assert_eq!(r, Some((b"A: b\r\nC: d\r\n".to_vec(), b"body\r\n\r\n".to_vec())));
        assert!(parse(b"not http".to_vec()).is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\n".to_vec()).is_none());
        assert!(parse(b"HTTP/1.1 x\r\n\r\n".to_vec()).is_none());
    }
}
