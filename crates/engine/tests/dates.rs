//! Local time by the system's zone data, at and around transitions; the expectations are node's.

use qjs_engine::heap::alloc::MallocFunctions;
use qjs_engine::vm::script::{EvalOptions, eval_script};
use qjs_engine::{Context, Runtime};
use std::path::Path;
use std::process::Command;

/// Zone, time value, its toString, and the time value that its local fields give again.
const TIMES: &[(&str, i64, &str, i64)] = &[
    ("Europe/Berlin", -2422054408001, "Fri Mar 31 1893 23:59:59 GMT+0053", -2422054408001),
    ("Europe/Berlin", -2422054408000, "Sat Apr 01 1893 00:06:32 GMT+0100", -2422054408000),
    ("Europe/Berlin", 1761440399999, "Sun Oct 26 2025 02:59:59 GMT+0200", 1761440399999),
    ("Europe/Berlin", 1761440400000, "Sun Oct 26 2025 02:00:00 GMT+0100", 1761436800000),
    ("Europe/Berlin", 1774745999999, "Sun Mar 29 2026 01:59:59 GMT+0100", 1774745999999),
    ("Europe/Berlin", 1774746000000, "Sun Mar 29 2026 03:00:00 GMT+0200", 1774746000000),
    ("Europe/Berlin", 8640000000000000, "Sat Sep 13 275760 02:00:00 GMT+0200", 8640000000000000),
    ("Europe/Berlin", -8640000000000000, "Tue Apr 20 -271821 00:53:28 GMT+0053", -8640000000000000),
    ("America/New_York", -2717650800001, "Sun Nov 18 1883 12:03:57 GMT-0456", -2717650800001),
    ("America/New_York", -2717650800000, "Sun Nov 18 1883 12:00:00 GMT-0500", -2717651038000),
    ("America/New_York", 1762063199999, "Sun Nov 02 2025 01:59:59 GMT-0400", 1762063199999),
    ("America/New_York", 1762063200000, "Sun Nov 02 2025 01:00:00 GMT-0500", 1762059600000),
    ("America/New_York", 32503680000000, "Tue Dec 31 2999 19:00:00 GMT-0500", 32503680000000),
    ("Australia/Lord_Howe", -2364114980001, "Thu Jan 31 1895 23:59:59 GMT+1036", -2364114980001),
    ("Australia/Lord_Howe", -2364114980000, "Thu Jan 31 1895 23:23:40 GMT+1000", -2364117160000),
    ("Australia/Lord_Howe", 1743865199999, "Sun Apr 06 2025 01:59:59 GMT+1100", 1743865199999),
    ("Australia/Lord_Howe", 1743865200000, "Sun Apr 06 2025 01:30:00 GMT+1030", 1743863400000),
    ("Australia/Lord_Howe", 1759589999999, "Sun Oct 05 2025 01:29:59 GMT+1030", 1759589999999),
    ("Australia/Lord_Howe", 1759590000000, "Sun Oct 05 2025 01:30:00 GMT+1030", 1759590000000),
    ("Asia/Kolkata", -3155694800001, "Fri Dec 31 1869 23:59:59 GMT+0553", -3155694800001),
    ("Asia/Kolkata", -3155694800000, "Fri Dec 31 1869 23:27:50 GMT+0521", -3155696730000),
    ("Asia/Kolkata", 0, "Thu Jan 01 1970 05:30:00 GMT+0530", 0),
    ("Asia/Kolkata", 4102444800000, "Fri Jan 01 2100 05:30:00 GMT+0530", 4102444800000),
    ("Pacific/Apia", -2445424384001, "Mon Jul 04 1892 23:59:59 GMT+1233", -2445424384001),
    ("Pacific/Apia", -2445424384000, "Mon Jul 04 1892 00:00:00 GMT-1126", -2445510784000),
    ("Pacific/Apia", 1325239199999, "Thu Dec 29 2011 23:59:59 GMT-1000", 1325239199999),
    ("Pacific/Apia", 1325239200000, "Sat Dec 31 2011 00:00:00 GMT+1400", 1325239200000),
    ("Africa/Monrovia", -1604359012001, "Fri Feb 28 1919 23:59:59 GMT-0043", -1604359012001),
    ("Africa/Monrovia", -1604359012000, "Fri Feb 28 1919 23:58:38 GMT-0044", -1604359094000),
    ("Africa/Monrovia", 63593069999, "Thu Jan 06 1972 23:59:59 GMT-0044", 63593069999),
    ("Africa/Monrovia", 63593070000, "Fri Jan 07 1972 00:44:30 GMT+0000", 63593070000),
];

/// The process's zone is set from outside: the C library reads it once.
#[test]
fn transitions() {
    let mut zones: Vec<_> = TIMES.iter().map(|t| t.0).collect();
    zones.dedup();
    for zone in zones {
        assert!(Path::new("/usr/share/zoneinfo").join(zone).exists(), "no zone data: install tzdata");
        let this = std::env::current_exe().expect("own path");
        let child = Command::new(this).args(["--exact", "in_zone", "--ignored"]).env("TZ", zone).output();
        let child = child.expect("child");
        assert!(child.status.success(), "{zone}:\n{}", String::from_utf8_lossy(&child.stdout));
    }
}

#[test]
#[ignore = "run by `transitions`, once for each zone"]
fn in_zone() {
    let zone = std::env::var("TZ").expect("TZ");
    let rt = Runtime::new(MallocFunctions::SYSTEM, std::ptr::null_mut()).expect("runtime");
    let cx = Context::new(&rt).expect("context");
    let mut n = 0;
    for (_, t, text, again) in TIMES.iter().filter(|t| t.0 == zone) {
        let script = format!(
            "var d = new Date({t}); d.toString() + ' ' + new Date(d.getFullYear(), d.getMonth(), d.getDate(),
                d.getHours(), d.getMinutes(), d.getSeconds(), d.getMilliseconds()).getTime()"
        );
        let options = EvalOptions { want_completion: true, ..EvalOptions::default() };
        let global = cx.global().clone();
        let r = eval_script(&cx, global.as_value(), script.as_bytes(), "zone.js", &options).expect("text");
        assert_eq!(cx.to_string(&r).expect("text").to_lossy(), format!("{text} {again}"), "{t}");
        n += 1;
    }
    assert!(n > 0, "no times for {zone}");
    drop(cx);
    rt.shut_down(None);
}
