//! Tree to program.

use crate::analysis::{First, Info, analyze, first_inside, required_text};
use crate::ast::{INFINITE, Node, NodeId, RepeatInfo, Tree};
use crate::budget::Budget;
use crate::charset::CharSet;
use crate::program::*;
use crate::{CompileError, Flags};

/// Instructions a program may have; entries of the backtrack stack keep two bits of the index.
const MAX_CODE: usize = 1 << 28;

/// How many sets are looked through for one that is the same.
const SET_WINDOW: usize = 64;

/// How many terms are looked at to find out what follows one.
const FOLLOW_WINDOW: usize = 16;

/// Alternatives from which on a search by their first character beats trying one by one.
const DISPATCH_MIN: usize = 5;

type Compile<T> = Result<T, CompileError>;

struct Compiler<'t, 'b> {
    tree: &'t Tree,
    infos: Vec<Info>,
    unicode: bool,
    program: Program,
    /// Sets of the tree that are in the program already.
    set_ids: Vec<u32>,
    budget: &'b mut Budget,
}

/// Compiles a tree.
pub(crate) fn compile(tree: &Tree, flags: Flags, budget: &mut Budget) -> Compile<Program> {
    let unicode = flags.either_unicode();
    let infos = analyze(tree, unicode, budget)?;
    let search = Search {
        kind: SearchKind::Everywhere,
        bytes: [0; 3],
        set: NO_SET,
        at_end: true,
        at_start: true,
        literal: Literal::NONE,
    };
    let program = Program {
        flags,
        capture_count: tree.group_count,
        register_count: tree.group_count * 2,
        search,
        code: Vec::new(),
        sets: Vec::new(),
        ranges: Vec::new(),
        loops: Vec::new(),
        text8: Vec::new(),
        text16: Vec::new(),
        lists: Vec::new(),
        names: Vec::new(),
        name_units: Vec::new(),
    };
    let mut set_ids = Vec::new();
    budget.reserve(&mut set_ids, tree.sets.len())?;
    set_ids.resize(tree.sets.len(), NO_SET);
    let mut compiler = Compiler { tree, infos, unicode, program, set_ids, budget };
    compiler.emit(tree.root, &First::ALL, false)?;
    compiler.op(Op::Match)?;
    compiler.search()?;
    compiler.literal()?;
    compiler.names()?;
    let Compiler { mut program, infos, set_ids, budget, .. } = compiler;
    budget.free(infos);
    budget.free(set_ids);
    program.code.shrink_to_fit();
    program.sets.shrink_to_fit();
    program.ranges.shrink_to_fit();
    program.loops.shrink_to_fit();
    program.text8.shrink_to_fit();
    program.text16.shrink_to_fit();
    Ok(program)
}

impl Compiler<'_, '_> {
    // ----- Instructions -----

    fn inst(&mut self, op: Op, a: u8, b: u32, c: u32, d: u32) -> Compile<usize> {
        let at = self.program.code.len();
        if at >= MAX_CODE {
            return Err(CompileError::OutOfMemory);
        }
        self.budget.push(&mut self.program.code, Inst { op, a, b, c, d })?;
        Ok(at)
    }

    fn op(&mut self, op: Op) -> Compile<usize> {
        self.inst(op, 0, 0, 0, 0)
    }

    fn here(&self) -> u32 {
        self.program.code.len() as u32
    }

    /// Makes the jump at `at` lead here.
    fn land(&mut self, at: usize) {
        let here = self.here();
        self.program.code[at].c = here;
    }

    fn register(&mut self) -> u32 {
        let register = self.program.register_count;
        self.program.register_count += 1;
        register
    }

    fn loop_data(&mut self, data: LoopData) -> Compile<u32> {
        if let Some(i) = self.program.loops.iter().rev().take(8).position(|l| *l == data) {
            return Ok((self.program.loops.len() - 1 - i) as u32);
        }
        let id = self.program.loops.len() as u32;
        self.budget.push(&mut self.program.loops, data)?;
        Ok(id)
    }

    // ----- Sets -----

    fn set_data(&mut self, bits: [u64; 4], high: &[u32]) -> Compile<u32> {
        let same =
            |s: &SetData| s.bits == bits && self.program.ranges[s.from as usize..s.to as usize] == *high;
        if let Some(i) = self.program.sets.iter().rev().take(SET_WINDOW).position(same) {
            return Ok((self.program.sets.len() - 1 - i) as u32);
        }
        let from = self.program.ranges.len() as u32;
        self.budget.reserve(&mut self.program.ranges, high.len())?;
        self.program.ranges.extend_from_slice(high);
        let to = self.program.ranges.len() as u32;
        let id = self.program.sets.len() as u32;
        self.budget.push(&mut self.program.sets, SetData { bits, from, to })?;
        Ok(id)
    }

    fn char_set(&mut self, set: &CharSet) -> Compile<u32> {
        let first = First::of_set(set);
        let above = set.ranges().partition_point(|r| r.1 < 0x100);
        let mut high = Vec::new();
        self.budget.reserve(&mut high, 2 * (set.len() - above))?;
        for &(lo, hi) in &set.ranges()[above..] {
            high.push(lo.max(0x100));
            high.push(hi + 1);
        }
        let id = self.set_data(first.bits, &high);
        self.budget.free(high);
        id
    }

    fn tree_set(&mut self, id: u32) -> Compile<u32> {
        if self.set_ids[id as usize] == NO_SET {
            let tree = self.tree;
            self.set_ids[id as usize] = self.char_set(&tree.sets[id as usize])?;
        }
        Ok(self.set_ids[id as usize])
    }

    /// The set that stands for `first`, and whether the end passes, too.
    fn first_set(&mut self, first: &First) -> Compile<(u32, bool)> {
        if first.is_all() {
            return Ok((NO_SET, true));
        }
        let id = self.set_data(first.bits, if first.high { &[0x100] } else { &[] })?;
        Ok((id, first.end))
    }

    // ----- Nodes -----

    /// Emits code that matches `id`; what can stand after it is bounded by `follow` (forward).
    fn emit(&mut self, id: NodeId, follow: &First, back: bool) -> Compile<()> {
        self.budget.check_stack()?;
        let tree = self.tree;
        match tree.nodes[id as usize] {
            Node::Empty => {}
            Node::Char(c) if back => {
                let mut units = [0; 2];
                for &unit in utf16(c, &mut units).iter().rev() {
                    self.inst(Op::CharBack, 0, unit as u32, 0, 0)?;
                }
            }
            Node::Char(_) | Node::Fold(_) if !back => self.text(&[id])?,
            Node::Char(_) | Node::Fold(_) | Node::Set(_) => {
                let (set, points) = self.single(id)?.unwrap_or((NO_SET, false));
                let a = if points { POINTS } else { 0 };
                let op = match (back, points) {
                    (true, _) => Op::SetBack,
                    (false, true) => Op::SetPoint,
                    (false, false) => Op::Set,
                };
                self.inst(op, a, set, 0, 0)?;
            }
            Node::Seq { first, len } => self.sequence(tree.kids(first, len), follow, back)?,
            Node::Alt { first, len } => self.alternation(tree.kids(first, len), follow, back)?,
            Node::Group { index, body } => {
                let (open, close) =
                    if back { (2 * index + 1, 2 * index) } else { (2 * index, 2 * index + 1) };
                self.inst(Op::Save, 0, open, 0, 0)?;
                self.emit(body, follow, back)?;
                self.inst(Op::Save, 0, close, 0, 0)?;
            }
            Node::BackRef { index, ignore_case } => {
                let a = self.reference_flags(ignore_case, back);
                self.inst(Op::BackRef, a, index, 0, 0)?;
            }
            Node::NamedRef { name, ignore_case } => {
                let a = self.reference_flags(ignore_case, back);
                let from = self.program.lists.len() as u32;
                for group in tree.named_groups.iter().filter(|g| g.name == name) {
                    self.budget.push(&mut self.program.lists, group.group)?;
                }
                let len = self.program.lists.len() as u32 - from;
                if len == 1 {
                    let group = self.program.lists.pop().unwrap_or(0);
                    self.inst(Op::BackRef, a, group, 0, 0)?;
                } else {
                    self.inst(Op::BackRefOneOf, a, from, len, 0)?;
                }
            }
            Node::Look { behind, negative, body } => {
                let height = self.register();
                let position = self.register();
                let (open, close) =
                    if negative { (Op::LookNot, Op::LookNotEnd) } else { (Op::Look, Op::LookEnd) };
                let at = self.inst(open, 0, height, 0, position)?;
                self.emit(body, &First::ALL, behind)?;
                self.inst(close, 0, height, 0, position)?;
                self.land(at);
            }
            Node::LineStart { multiline } => {
                self.op(if multiline { Op::LineStartMulti } else { Op::LineStart })?;
            }
            Node::LineEnd { multiline } => {
                self.op(if multiline { Op::LineEndMulti } else { Op::LineEnd })?;
            }
            Node::WordBoundary { negative, words } => {
                let words = self.tree_set(words)?;
                let op = if negative { Op::NotWordBoundary } else { Op::WordBoundary };
                self.inst(op, 0, words, 0, 0)?;
            }
            Node::Repeat { body, info } => self.repeat(body, tree.repeats[info as usize], follow, back)?,
        }
        Ok(())
    }

    fn reference_flags(&self, ignore_case: bool, back: bool) -> u8 {
        (if ignore_case { IGNORE_CASE } else { 0 })
            | (if back { BACK } else { 0 })
            | (if self.unicode { POINTS } else { 0 })
    }

    /// The set of a node that matches exactly one character, and whether it has to be read as a
    /// code point.
    fn single(&mut self, id: NodeId) -> Compile<Option<(u32, bool)>> {
        let tree = self.tree;
        Ok(Some(match tree.nodes[id as usize] {
            Node::Char(c) => (self.char_set(&CharSet::from_char(c))?, c > 0xFFFF),
            Node::Fold(c) => {
                (self.char_set(&CharSet::from_ranges(&[(c, c), (c & !0x20, c & !0x20)]))?, false)
            }
            Node::Set(set) => {
                let ranges = tree.sets[set as usize].ranges();
                // A unit that is no surrogate is a character under any flags.
                let plain = ranges.iter().all(|r| r.1 < 0xD800 || (r.0 > 0xDFFF && r.1 <= 0xFFFF));
                (self.tree_set(set)?, self.unicode && !plain)
            }
            _ => return Ok(None),
        }))
    }

    fn sequence(&mut self, kids: &[NodeId], follow: &First, back: bool) -> Compile<()> {
        if back {
            for &kid in kids.iter().rev() {
                self.emit(kid, &First::ALL, true)?;
            }
            return Ok(());
        }
        let tree = self.tree;
        let is_char = |id: NodeId| matches!(tree.nodes[id as usize], Node::Char(_) | Node::Fold(_));
        let mut i = 0;
        while i < kids.len() {
            let run = kids[i..].iter().take_while(|&&kid| is_char(kid)).count();
            if run > 0 {
                self.text(&kids[i..i + run])?;
                i += run;
                continue;
            }
            let next = self.what_follows(&kids[i + 1..], follow);
            self.emit(kids[i], &next, false)?;
            i += 1;
        }
        Ok(())
    }

    fn what_follows(&self, rest: &[NodeId], follow: &First) -> First {
        let mut out = First::PASS;
        for &kid in rest.iter().take(FOLLOW_WINDOW) {
            out = out.then(&self.infos[kid as usize].first);
            if !out.pass {
                return out;
            }
        }
        if rest.len() > FOLLOW_WINDOW { First::ALL } else { out.then(follow) }
    }

    /// Char and Fold nodes, one after the other.
    fn text(&mut self, kids: &[NodeId]) -> Compile<()> {
        let tree = self.tree;
        let mut rest = kids;
        while !rest.is_empty() {
            let bound = |limit: u32| {
                rest.iter()
                    .take_while(
                        |&&k| matches!(tree.nodes[k as usize], Node::Char(c) | Node::Fold(c) if c < limit),
                    )
                    .count()
            };
            let narrow = bound(0x100);
            if narrow == 0 {
                // Characters above U+00FF.
                let run = rest
                    .iter()
                    .take_while(|&&k| matches!(tree.nodes[k as usize], Node::Char(c) if c > 0xFF))
                    .count();
                let from = self.program.text16.len();
                for &kid in &rest[..run] {
                    let Node::Char(c) = tree.nodes[kid as usize] else { continue };
                    let mut units = [0; 2];
                    for &unit in utf16(c, &mut units) {
                        self.budget.push(&mut self.program.text16, unit)?;
                    }
                }
                let len = self.program.text16.len() - from;
                if len == 1 {
                    let unit = self.program.text16.pop().unwrap_or(0);
                    self.inst(Op::Char, 0, unit as u32, 0, 0)?;
                } else {
                    self.inst(Op::Text16, 0, from as u32, len as u32, 0)?;
                }
                rest = &rest[run..];
                continue;
            }
            let (run, after) = rest.split_at(narrow);
            rest = after;
            let folds = run.iter().any(|&k| matches!(tree.nodes[k as usize], Node::Fold(_)));
            if let &[only] = run {
                match tree.nodes[only as usize] {
                    Node::Fold(c) => self.inst(Op::Fold, 0, c, 0, 0)?,
                    Node::Char(c) => self.inst(Op::Char, 0, c, 0, 0)?,
                    _ => 0,
                };
                continue;
            }
            let from = self.program.text8.len() as u32;
            self.budget.reserve(&mut self.program.text8, 2 * run.len())?;
            for &kid in run {
                if let Node::Char(c) | Node::Fold(c) = tree.nodes[kid as usize] {
                    self.program.text8.push(c as u8);
                }
            }
            if folds {
                for &kid in run {
                    let fold = matches!(tree.nodes[kid as usize], Node::Fold(_));
                    self.program.text8.push(if fold { 0x20 } else { 0 });
                }
            }
            let op = if folds { Op::TextFold } else { Op::Text8 };
            self.inst(op, 0, from, run.len() as u32, 0)?;
        }
        Ok(())
    }

    // ----- Alternation -----

    fn alternation(&mut self, kids: &[NodeId], follow: &First, back: bool) -> Compile<()> {
        if !back && kids.len() >= DISPATCH_MIN {
            let mut order: Vec<(u32, NodeId)> = Vec::new();
            self.budget.reserve(&mut order, kids.len())?;
            for &kid in kids {
                match self.leading_char(kid) {
                    Some(c) => order.push((c, kid)),
                    None => break,
                }
            }
            // Alternatives that begin with different characters exclude each other, so only the
            // order among those with the same one counts.
            let dispatched = order.len();
            if dispatched >= DISPATCH_MIN {
                let rest = &kids[dispatched..];
                order.sort_by_key(|e| e.0);
                let mut ends = Vec::new();
                if rest.is_empty() {
                    self.dispatch(&order, follow, &mut ends)?;
                } else {
                    let mut first = First::NONE;
                    for &(c, _) in &order {
                        first = first.or(&First::of_char(c));
                    }
                    let others = self.first_of_any(rest, follow);
                    let choice = self.choice(&first, &others, true)?;
                    self.dispatch(&order, follow, &mut ends)?;
                    let jump = self.op(Op::Jump)?;
                    self.budget.push(&mut ends, jump)?;
                    self.land(choice);
                    self.chain(rest, follow, &mut ends)?;
                }
                for &at in &ends {
                    self.land(at);
                }
                self.budget.free(ends);
                self.budget.free(order);
                return Ok(());
            }
            self.budget.free(order);
        }
        let mut ends = Vec::new();
        if back {
            for (i, &kid) in kids.iter().enumerate() {
                let last = i + 1 == kids.len();
                let split =
                    if last { None } else { Some(self.inst(Op::Split, END_B | END_D, NO_SET, 0, NO_SET)?) };
                self.emit(kid, follow, true)?;
                if let Some(split) = split {
                    let jump = self.op(Op::Jump)?;
                    self.budget.push(&mut ends, jump)?;
                    self.land(split);
                }
            }
        } else {
            self.chain(kids, follow, &mut ends)?;
        }
        for &at in &ends {
            self.land(at);
        }
        self.budget.free(ends);
        Ok(())
    }

    fn first_of_any(&self, kids: &[NodeId], follow: &First) -> First {
        let mut out = First::NONE;
        for &kid in kids {
            out = out.or(&self.infos[kid as usize].first);
        }
        out.then(follow)
    }

    /// Alternatives one by one; `ends` takes the jumps that go past the last.
    fn chain(&mut self, kids: &[NodeId], follow: &First, ends: &mut Vec<usize>) -> Compile<()> {
        // What the alternatives from each on may begin with, computed from the last.
        let mut later: Vec<First> = Vec::new();
        self.budget.reserve(&mut later, kids.len())?;
        let mut union = First::NONE;
        for &kid in kids.iter().rev() {
            union = union.or(&self.infos[kid as usize].first.then(follow));
            later.push(union);
        }
        for (i, &kid) in kids.iter().enumerate() {
            let last = i + 1 == kids.len();
            if last {
                self.emit(kid, follow, false)?;
                break;
            }
            let first = self.infos[kid as usize].first.then(follow);
            let others = later[kids.len() - 2 - i];
            let split = self.choice(&first, &others, true)?;
            self.emit(kid, follow, false)?;
            let jump = self.op(Op::Jump)?;
            self.budget.push(ends, jump)?;
            self.land(split);
        }
        self.budget.free(later);
        Ok(())
    }

    /// A branch between what comes next (`inner`) and a place to be landed (`outer`). `inner` is
    /// preferred, if `prefer_inner`.
    fn choice(&mut self, inner: &First, outer: &First, prefer_inner: bool) -> Compile<usize> {
        if inner.disjoint(outer) {
            let (set, end) = self.first_set(inner)?;
            return self.inst(Op::Branch, if end { END_B } else { 0 }, set, 0, 0);
        }
        let (preferred, other) = if prefer_inner { (inner, outer) } else { (outer, inner) };
        let (b, end_b) = self.first_set(preferred)?;
        let (d, end_d) = self.first_set(other)?;
        let a = (if end_b { END_B } else { 0 }) | (if end_d { END_D } else { 0 });
        self.inst(if prefer_inner { Op::Split } else { Op::SplitJump }, a, b, 0, d)
    }

    /// The character that whatever `id` matches must begin with.
    fn leading_char(&self, mut id: NodeId) -> Option<u32> {
        for _ in 0..20 {
            match self.tree.nodes[id as usize] {
                Node::Char(c) => return Some(c),
                Node::Group { body, .. } => id = body,
                Node::Seq { first, len } => id = *self.tree.kids(first, len).first()?,
                _ => return None,
            }
        }
        None
    }

    /// Finds the alternatives that begin with the next character by halving. `order` is sorted.
    fn dispatch(&mut self, order: &[(u32, NodeId)], follow: &First, ends: &mut Vec<usize>) -> Compile<()> {
        self.budget.check_stack()?;
        let (Some(first), Some(last)) = (order.first(), order.last()) else { return Ok(()) };
        if first.0 == last.0 {
            let mut kids = Vec::new();
            self.budget.reserve(&mut kids, order.len())?;
            kids.extend(order.iter().map(|e| e.1));
            self.chain(&kids, follow, ends)?;
            self.budget.free(kids);
            return Ok(());
        }
        let pivot = order[order.len() / 2].0;
        let mut middle = order.partition_point(|e| e.0 < pivot);
        let mut pivot = pivot;
        if middle == 0 {
            middle = order.partition_point(|e| e.0 <= pivot);
            pivot = order[middle].0;
        }
        let a = if self.unicode { POINTS } else { 0 };
        let branch = self.inst(Op::BranchLess, a, pivot, 0, 0)?;
        self.dispatch(&order[middle..], follow, ends)?;
        let jump = self.op(Op::Jump)?;
        self.budget.push(ends, jump)?;
        self.land(branch);
        self.dispatch(&order[..middle], follow, ends)
    }

    // ----- Quantifiers -----

    fn repeat(&mut self, body: NodeId, repeat: RepeatInfo, follow: &First, back: bool) -> Compile<()> {
        let info = self.infos[body as usize];
        let RepeatInfo { mut min, max, greedy, .. } = repeat;
        if max == 0 {
            return Ok(());
        }
        let clears = repeat.first_group < repeat.end_group;
        if info.max == 0 && !clears {
            // It consumes nothing, so once is as good as often, and an optional time cannot match.
            if min == 0 {
                return Ok(());
            }
            return self.emit(body, follow, back);
        }
        if info.max == 0 {
            min = min.min(1);
        }
        if min == 1 && max == 1 {
            return self.emit(body, follow, back);
        }
        if let Some((set, points)) = self.single(body)? {
            return self.simple_loop(
                set,
                points,
                LoopData { min, max, progress: NO_SET },
                greedy,
                info,
                follow,
                back,
            );
        }
        // Inside the loop, another iteration may follow an iteration.
        let all = First::ALL;
        let after_body = if back { all } else { info.first.then(follow).or(follow) };
        let (enter, leave) = if back { (all, all) } else { (info.first.then(&after_body), *follow) };
        let may_be_empty = info.min == 0;
        let clear = |this: &mut Self| -> Compile<()> {
            if clears {
                this.inst(Op::Clear, 0, 2 * repeat.first_group, 2 * repeat.end_group, 0)?;
            }
            Ok(())
        };
        match (min, max) {
            (0, 1) => {
                let split = self.choice(&enter, &leave, greedy)?;
                clear(self)?;
                self.guarded(body, may_be_empty, follow, back)?;
                self.land(split);
            }
            (0, INFINITE) => {
                let split = self.choice(&enter, &leave, greedy)?;
                let top = self.here();
                clear(self)?;
                self.guarded(body, may_be_empty, &after_body, back)?;
                self.again(top, &enter, &leave, greedy)?;
                self.land(split);
            }
            (1, INFINITE) if !may_be_empty => {
                let top = self.here();
                clear(self)?;
                self.emit(body, &after_body, back)?;
                self.again(top, &enter, &leave, greedy)?;
            }
            _ => {
                let counter = self.register();
                let progress = if may_be_empty { self.register() } else { NO_SET };
                let data = self.loop_data(LoopData { min, max, progress })?;
                self.inst(Op::SetRegister, 0, counter, 0, 0)?;
                let a = if greedy { 0 } else { LAZY };
                let head = self.inst(Op::LoopHead, a, counter, 0, data)?;
                clear(self)?;
                self.emit(body, &after_body, back)?;
                self.inst(Op::LoopEnd, a, counter, head as u32, data)?;
                self.land(head);
            }
        }
        Ok(())
    }

    /// `body`, which fails if it matches the empty string (RepeatMatcher, step 2.b).
    fn guarded(&mut self, body: NodeId, may_be_empty: bool, follow: &First, back: bool) -> Compile<()> {
        if !may_be_empty {
            return self.emit(body, follow, back);
        }
        let register = self.register();
        self.inst(Op::Save, 0, register, 0, 0)?;
        self.emit(body, follow, back)?;
        self.inst(Op::CheckProgress, 0, register, 0, 0)?;
        Ok(())
    }

    /// The end of a loop body: back to `top`, or on.
    fn again(&mut self, top: u32, enter: &First, leave: &First, greedy: bool) -> Compile<()> {
        if enter.disjoint(leave) {
            let (set, end) = self.first_set(leave)?;
            // Not what may come after the loop: the body again.
            self.inst(Op::Branch, if end { END_B } else { 0 }, set, top, 0)?;
            return Ok(());
        }
        let (enter, end_enter) = self.first_set(enter)?;
        let (leave, end_leave) = self.first_set(leave)?;
        let flags = |b: bool, d: bool| (if b { END_B } else { 0 }) | (if d { END_D } else { 0 });
        if greedy {
            self.inst(Op::SplitJump, flags(end_enter, end_leave), enter, top, leave)?;
        } else {
            self.inst(Op::Split, flags(end_leave, end_enter), leave, top, enter)?;
        }
        Ok(())
    }

    /// A loop over one set.
    #[allow(clippy::too_many_arguments)]
    fn simple_loop(
        &mut self,
        set: u32,
        points: bool,
        data: LoopData,
        greedy: bool,
        info: Info,
        follow: &First,
        back: bool,
    ) -> Compile<()> {
        let fixed = data.min == data.max;
        let data = self.loop_data(data)?;
        let a = if points { POINTS } else { 0 };
        if back {
            let a = a | if greedy { 0 } else { LAZY };
            self.inst(Op::LoopBack, a, set, 0, data)?;
            return Ok(());
        }
        if fixed || info.first.disjoint(follow) {
            // Giving back would leave a character that nothing after the loop accepts.
            self.inst(Op::Possessive, a, set, 0, data)?;
            return Ok(());
        }
        let (after, end) = self.first_set(follow)?;
        let a = a | if end { END_D } else { 0 };
        self.inst(if greedy { Op::Greedy } else { Op::Lazy }, a, set, after, data)?;
        Ok(())
    }

    // ----- The rest of the program -----

    fn search(&mut self) -> Compile<()> {
        let (first, anchored) = first_inside(self.tree, &self.infos, self.tree.root, 0);
        let search = &mut self.program.search;
        search.at_start = anchored;
        if first.pass || (first.bits == First::ALL.bits && first.high) {
            search.kind = SearchKind::Everywhere;
            return Ok(());
        }
        search.at_end = first.end;
        let count: u32 = first.bits.iter().map(|b| b.count_ones()).sum();
        if first.high || count > 3 {
            search.kind = SearchKind::Set;
            let high: &[u32] = if first.high { &[0x100] } else { &[] };
            self.program.search.set = self.set_data(first.bits, high)?;
            return Ok(());
        }
        let mut bytes = (0..=255u8).filter(|&c| first.bits[(c >> 6) as usize] >> (c & 63) & 1 != 0);
        search.bytes.iter_mut().zip(&mut bytes).for_each(|(slot, byte)| *slot = byte);
        search.kind = match count {
            0 => SearchKind::Nowhere,
            1 => SearchKind::One,
            2 => SearchKind::Two,
            _ => SearchKind::Three,
        };
        Ok(())
    }

    /// Looks for a text that every match contains, near its beginning if there is a choice.
    fn literal(&mut self) -> Compile<()> {
        if self.program.search.kind == SearchKind::Nowhere {
            return Ok(());
        }
        let (literal, bytes) = required_text(self.tree, &self.infos);
        let single = !matches!(self.program.search.kind, SearchKind::Everywhere | SearchKind::Set);
        if bytes.is_empty() || (bytes.len() == 1 && single) {
            return Ok(());
        }
        let from = self.program.text8.len() as u32;
        self.budget.reserve(&mut self.program.text8, bytes.len())?;
        self.program.text8.extend_from_slice(&bytes);
        self.program.search.literal = Literal { from, len: bytes.len() as u32, ..literal };
        Ok(())
    }

    fn names(&mut self) -> Compile<()> {
        let tree = self.tree;
        let mut starts: Vec<u32> = Vec::new();
        for name in &tree.names {
            self.budget.push(&mut starts, self.program.name_units.len() as u32)?;
            self.budget.reserve(&mut self.program.name_units, name.len())?;
            self.program.name_units.extend_from_slice(name);
        }
        for group in &tree.named_groups {
            let name = group.name as usize;
            let entry = [starts[name], tree.names[name].len() as u32, group.group];
            self.budget.push(&mut self.program.names, entry)?;
        }
        self.budget.free(starts);
        Ok(())
    }
}

/// The code units of a code point, surrogates included.
fn utf16(c: u32, units: &mut [u16; 2]) -> &[u16] {
    match char::from_u32(c) {
        Some(ch) => ch.encode_utf16(units),
        None => {
            units[0] = c as u16;
            &units[..1]
        }
    }
}
