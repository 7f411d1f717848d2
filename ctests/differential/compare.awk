# compare.awk THEIRS OURS EXPECTED: two transcripts, line by line, and which lines may differ. EXPECTED has a reason (#), and
# below it lines "COUNT REGEX": so many differences "their line => what ours says" are of that kind. A difference is of
# the first kind that it matches. Fails for a difference of no kind, and for a kind that there are more or fewer of.
FNR == 1 { file++ }
file == 1 && !/^#/ && NF {
    n = index($0, " ")
    want[++kinds] = substr($0, 1, n - 1)
    regex[kinds] = substr($0, n + 1)
    at[kinds] = FNR
}
file == 2 { theirs[FNR] = $0; lines = FNR }
file == 3 {
    ours = FNR
    if ($0 == theirs[FNR])
        next
    # What comes before the first " = " is the call, which both show.
    same = theirs[FNR]
    n = index(same, ") = ")
    if (!n || substr($0, 1, n) != substr(same, 1, n))
        n = 0
    line = same " => " substr($0, n ? n + 4 : 1)
    for (k = 1; k <= kinds; k++) {
        if (line ~ regex[k]) {
            got[k]++
            next
        }
    }
    print line
    failed = 1
}
END {
    if (lines != ours) {
        print "theirs has " lines " lines, ours " ours
        failed = 1
    }
    for (k = 1; k <= kinds; k++) {
        if (got[k] + 0 != want[k]) {
            print "expected, line " at[k] ": " got[k] + 0 " differences, not " want[k] ", are: " regex[k]
            failed = 1
        }
    }
    exit failed
}
