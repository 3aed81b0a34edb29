import SpokenText
import Testing

@Suite("A reply in clauses: the first may end at a comma after 40 characters, later ones at sentence ends")
struct ClauseSplitterTests {
    private func clauses(_ text: String) -> [String] { ClauseSplitter().clauses(of: text) }

    @Test(
        "where clauses end",
        arguments: [
            ("Done.", ["Done."]),
            ("", []), ("  \n ", []),
            ("All right. Anything else?", ["All right.", "Anything else?"]),
            ("You have 5.8 GB left. It resets on April 1st.", ["You have 5.8 GB left.", "It resets on April 1st."]),
            (
                "I'm sorry I couldn't sort that out today, but I'll put you through. One moment, please.",
                ["I'm sorry I couldn't sort that out today,", "but I'll put you through.", "One moment, please."]
            ),
            (
                "First sentence. I'm sorry I couldn't sort that out today, but I'll put you through.",
                ["First sentence.", "I'm sorry I couldn't sort that out today, but I'll put you through."]
            ),
            ("Your bill is $1,234.56 this month. Pay now.", ["Your bill is $1,234.56 this month.", "Pay now."]),
            (
                "The bill that I have here for you is dated March 15, 2026, and it is paid.",
                ["The bill that I have here for you is dated March 15, 2026,", "and it is paid."]
            ),
            ("Please ask Mr. Rao. He knows.", ["Please ask Mr. Rao.", "He knows."]),
            ("We open at 9 a.m. on Monday.", ["We open at 9 a.m. on Monday."]), ("We close at 5 p.m. Call then.", ["We close at 5 p.m.", "Call then."]),
            ("Take e.g. Basic. Fine?", ["Take e.g. Basic.", "Fine?"]), ("See No. 5 there. Good.", ["See No. 5 there.", "Good."]),
            ("J. Smith called. Yes.", ["J. Smith called.", "Yes."]),
            ("He said \"go.\" Then left.", ["He said \"go.\"", "Then left."]), ("Really?! Yes!", ["Really?!", "Yes!"]), ("one\ntwo", ["one", "two"]),
            ("v2.4.1 is out", ["v2.4.1 is out"]),
            ("It went to St. Louis. Good.", ["It went to St. Louis.", "Good."]),
        ])
    func ends(text: String, expected: [String]) { #expect(clauses(text) == expected) }

    @Test("any text: nothing but white space is lost, and no clause is longer than its bound", arguments: 0..<40)
    func anyText(seed: Int) {
        var random = Generator(seed: UInt64(seed) + 500)
        for _ in 0..<40 {
            let text = random.text(upTo: 200)
            let clauses = ClauseSplitter(longest: 80).clauses(of: text)
            #expect(clauses.joined().filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace }, "\(text)")
            #expect(clauses.allSatisfy { $0.count <= 80 && !$0.isEmpty })
        }
    }

    @Test("a sentence without an end is cut at a comma or space")
    func bounded() {
        let clauses = ClauseSplitter(longest: 60).clauses(of: String(repeating: "one two three four five six, seven eight ", count: 20))
        #expect(clauses.allSatisfy { $0.count <= 60 })
        #expect(clauses.dropFirst().dropLast().allSatisfy { $0.hasSuffix("six,") })
        #expect(ClauseSplitter(longest: 60).clauses(of: String(repeating: "x", count: 500)).count == 9)
        let closing = ClauseSplitter(longest: 20).clauses(of: "Really?!" + String(repeating: ")", count: 50))
        #expect(closing.map(\.count) == [20, 20, 18])
    }
}
