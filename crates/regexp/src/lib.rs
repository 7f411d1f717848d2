pub struct Matcher;
pub struct Program;
