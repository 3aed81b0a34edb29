import SpokenText
import Testing

@Suite("Text as written -> words as spoken")
struct SpeechNormaliserTests {
    struct Case: CustomTestStringConvertible {
        let written: String, spoken: String
        init(_ written: String, _ spoken: String) { (self.written, self.spoken) = (written, spoken) }
        var testDescription: String { "\(written) -> \(spoken)" }
    }

    @Test(
        "money: units and parts, magnitudes, other currencies",
        arguments: [
            Case("$42.50", "forty two dollars and fifty cents"),
            Case("Your bill is $42.50.", "Your bill is forty two dollars and fifty cents."),
            Case("$1", "one dollar"),
            Case("$1.00", "one dollar"),
            Case("$42.00", "forty two dollars"),
            Case("$1.01", "one dollar and one cent"),
            Case("$0.99", "ninety nine cents"),
            Case("$0.01", "one cent"),
            Case("$0", "zero dollars"),
            Case("$42.5", "forty two dollars and fifty cents"),
            Case("$0.0125", "zero point zero one two five dollars"),
            Case("$1,234.56", "one thousand two hundred thirty four dollars and fifty six cents"),
            Case("$1,000,000", "one million dollars"),
            Case("$3.2 million", "three point two million dollars"),
            Case("$5k", "five thousand dollars"),
            Case("-$5.25", "minus five dollars and twenty five cents"),
            Case("$-5", "minus five dollars"),
            Case("$55/month", "fifty five dollars per month"),
            Case("$10-$20", "ten dollars to twenty dollars"),
            Case("$10-20", "ten dollars to twenty"),
            Case("€19.99", "nineteen euros and ninety nine cents"),
            Case("19,50 is odd", "nineteen, fifty is odd"),
            Case("20€", "twenty euros"),
            Case("£1.50", "one pound and fifty pence"),
            Case("£0.01", "one penny"),
            Case("₹499", "four hundred ninety nine rupees"),
            Case("Rs. 500", "five hundred rupees"),
            Case("Rs 1,00,000", "one hundred thousand rupees"),
            Case("₹2 lakh", "two lakh rupees"),
            Case("USD 42.50", "forty two dollars and fifty cents"),
            Case("42.50 USD", "forty two dollars and fifty cents"),
            Case("US$5", "five dollars"),
            Case("$", "dollars"),
        ])
    func money(_ example: Case) { check(example) }

    @Test(
        "numbers: cardinals, decimals, signs, ranges, fractions",
        arguments: [
            Case("0", "zero"), Case("7", "seven"), Case("13", "thirteen"), Case("20", "twenty"), Case("99", "ninety nine"),
            Case("100", "one hundred"), Case("105", "one hundred five"), Case("1,250", "one thousand two hundred fifty"),
            Case("12000", "twelve thousand"), Case("2,000 minutes", "two thousand minutes"), Case("1,000,000", "one million"),
            Case("3.14", "three point one four"), Case("0.5", "zero point five"), Case(".5", "zero point five"),
            Case("-5", "minus five"), Case("a -5 b", "a minus five b"), Case("5-10", "five to ten"), Case("5–10 days", "five to ten days"),
            Case("1/2", "one half"), Case("3/4", "three quarters"), Case("2/3 of them", "two thirds of them"), Case("24/7", "twenty four seven"),
            Case("½ price", "one half price"), Case("#5", "number five"), Case("No. 5", "number five"), Case("~5", "about five"),
            Case("3 + 4 = 7", "three plus four equals seven"), Case("2 * 3", "two times three"), Case("2x", "two times"),
            Case("version 2.4.1", "version two point four point one"), Case("٣ dias", "three dias"),
            Case("1.", "one."), Case("It is 5.", "It is five."), Case("5, 6, and 7", "five, six, and seven"),
        ])
    func numbers(_ example: Case) { check(example) }

    @Test(
        "ordinals, decades and years",
        arguments: [
            Case("1st", "first"), Case("2nd", "second"), Case("3rd", "third"), Case("12th", "twelfth"), Case("20th", "twentieth"),
            Case("21st", "twenty first"), Case("101st", "one hundred first"),
            Case("in 2026", "in twenty twenty six"), Case("since 1999", "since nineteen ninety nine"), Case("by 2005", "by two thousand five"),
            Case("in 1905", "in nineteen oh five"), Case("in 1900", "in nineteen hundred"), Case("of 2000", "of two thousand"),
            Case("for 2000 minutes", "for two thousand minutes"), Case("2019-2026", "twenty nineteen to twenty twenty six"),
            Case("the 1990s", "the nineteen nineties"), Case("the 60s", "the sixties"),
        ])
    func ordinals(_ example: Case) { check(example) }

    @Test(
        "dates: ISO, American, in words",
        arguments: [
            Case("2026-03-15", "March fifteenth, twenty twenty six"),
            Case("2026-03-15T14:30:00Z", "March fifteenth, twenty twenty six at two thirty P M"),
            Case("2026-03", "March twenty twenty six"),
            Case("3/15/2026", "March fifteenth, twenty twenty six"),
            Case("15/3/2026", "March fifteenth, twenty twenty six"),
            Case("03/01/26", "March first, twenty twenty six"),
            Case("due 3/15", "due March fifteenth"),
            Case("March 15, 2026", "March fifteenth, twenty twenty six"),
            Case("March 15", "March fifteenth"), Case("March 15th", "March fifteenth"), Case("Mar. 3", "March third"), Case("Sept 9", "September ninth"),
            Case("15 March 2026", "March fifteenth, twenty twenty six"),
            Case("the 15th of March", "the fifteenth of March"), Case("March 2026", "March twenty twenty six"),
            Case("May 5 was fine", "May fifth was fine"), Case("may 5 people", "may five people"),
            Case("It resets on April 1st.", "It resets on April first."),
        ])
    func dates(_ example: Case) { check(example) }

    @Test(
        "times of day",
        arguments: [
            Case("9:30", "nine thirty"), Case("9:05 am", "nine oh five A M"), Case("9:00", "nine o'clock"), Case("9:00 AM", "nine A M"),
            Case("5pm", "five P M"), Case("5 p.m.", "five P M."), Case("at 5 p.m. today", "at five P M today"), Case("14:30", "two thirty P M"),
            Case("0:15", "twelve fifteen A M"), Case("12:00", "twelve o'clock"), Case("18:00", "six P M"), Case("9 am-5 pm", "nine A M to five P M"),
            Case("9:00 - 17:30", "nine o'clock to five thirty P M"),
            Case("10:15:30", "ten fifteen"), Case("5 am I to know", "five A M I to know"),
        ])
    func times(_ example: Case) { check(example) }

    @Test(
        "percent and units",
        arguments: [
            Case("15%", "fifteen percent"), Case("12.5 %", "twelve point five percent"), Case("100% sure", "one hundred percent sure"),
            Case("4.2 GB", "four point two gigabytes"), Case("1 GB", "one gigabyte"), Case("5GB", "five gigabytes"), Case("500 MB", "five hundred megabytes"),
            Case("100 Mbps", "one hundred megabits per second"), Case("1 Gbps", "one gigabit per second"), Case("2 TB", "two terabytes"),
            Case("5 GB/month", "five gigabytes per month"), Case("10-15 GB", "ten to fifteen gigabytes"), Case("20 min", "twenty minutes"),
            Case("1 hr", "one hour"), Case("90 secs", "ninety seconds"), Case("20°C", "twenty degrees Celsius"), Case("3 km", "three kilometers"),
            Case("250ms", "two hundred fifty milliseconds"), Case("1.0 GB", "one point zero gigabytes"),
            Case("5.8 GB of 10 GB.", "five point eight gigabytes of ten gigabytes."),
        ])
    func units(_ example: Case) { check(example) }

    @Test(
        "telephone numbers, accounts and codes: digit by digit in groups",
        arguments: [
            Case("800-555-0199", "eight zero zero, five five five, zero one nine nine"),
            Case("(800) 555-0199", "eight zero zero, five five five, zero one nine nine"),
            Case("800.555.0199", "eight zero zero, five five five, zero one nine nine"),
            Case("1-800-555-0199", "one, eight zero zero, five five five, zero one nine nine"),
            Case("+1 (555) 010-0199", "plus one, five five five, zero one zero, zero one nine nine"),
            Case("+91 98765 43210", "plus nine one, nine eight seven six five, four three two one zero"),
            Case("555-0199", "five five five, zero one nine nine"),
            Case("Call 555-0199.", "Call five five five, zero one nine nine."),
            Case("5550100199", "five five five, zero one zero, zero one nine nine"),
            Case("5 5 5 0 1 0 1", "five five five, zero one zero one"),
            Case("ending in 4471", "ending in four four seven one"),
            Case("account number 123456", "account number one two three, four five six"),
            Case("Your PIN is 2026.", "Your PIN is two zero two six."),
            Case("code 0042", "code zero zero four two"),
            Case("card 4111 1111 1111 1111", "card four one one one, one one one one, one one one one, one one one one"),
            Case("card ****4471", "card ending in four four seven one"),
            Case("ticket AB-1204", "ticket A B, one two zero four"),
            Case("reference X7K9", "reference X seven K nine"),
            Case("number 12", "number twelve"),
            Case("your account is 500 dollars short", "your account is five hundred dollars short"),
            Case("5G and 4G", "five G and four G"), Case("AB12C3", "A B one two C three"), Case("iPhone15", "iPhone one five"),
            Case("007", "zero zero seven"),
            Case("123456789012", "one two three four, five six seven eight, nine zero one two"),
        ])
    func identifiers(_ example: Case) { check(example) }

    @Test(
        "abbreviations and acronyms",
        arguments: [
            Case("Mr. Rao", "Mister Rao"), Case("Mrs. Jones and Dr. Smith", "Missus Jones and Doctor Smith"),
            Case("St. Louis", "Saint Louis"), Case("12 Main St.", "twelve Main Street."), Case("Main St. is closed", "Main Street is closed"),
            Case("e.g. this", "for example this"), Case("i.e. that", "that is that"), Case("phones, etc.", "phones, et cetera."),
            Case("approx. 5 days", "approximately five days"), Case("ext. 12", "extension twelve"), Case("min. 5 GB", "minimum five gigabytes"),
            Case("Wait a min.", "Wait a min."), Case("He sat. Then he left.", "He sat. Then he left."),
            Case("U.S. plans", "U S plans"), Case("SMS and MMS", "S M S and M M S"), Case("your SIM", "your SIM"), Case("the PUK code", "the PUK code"),
            Case("caller ID", "caller I D"), Case("two IDs", "two I D's"), Case("OK", "okay"), Case("TV", "T V"), Case("w/o fees", "without fees"),
            Case("PLEASE WAIT", "PLEASE WAIT"), Case("Wi-Fi", "Wi-Fi"), Case("well-known", "well-known"), Case("don't", "don't"), Case("don’t", "don't"),
            Case("J. Smith", "J. Smith"),
        ])
    func abbreviations(_ example: Case) { check(example) }

    @Test(
        "what nobody says: markup, links, emoji, brackets",
        arguments: [
            Case("**Bold** and *soft*", "Bold and soft"), Case("`code`", "code"), Case("# Heading", "Heading"), Case("- one\n- two", "one. two"),
            Case("[our page](https://example.com/x?y=1)", "our page"), Case("![logo](a.png) Hi", "logo Hi"),
            Case("https://www.example.com/help?x=1", "example dot com"), Case("See www.example.com.", "See example dot com."),
            Case("help@example.com", "help at example dot com"), Case("<b>Hi</b> there", "Hi there"),
            Case("Done 🎉👍🏽!", "Done!"), Case("❤️ you", "you"), Case("\u{200B}zero\u{FEFF} width", "zero width"),
            Case("a & b", "a and b"), Case("AT&T", "A T and T"), Case("talk/text", "talk slash text"), Case("a + b", "a plus b"),
            Case("Family Share (new)", "Family Share, new"), Case("“Quoted” text", "Quoted text"), Case("one — two", "one, two"), Case("one - two", "one, two"),
            Case("Well... yes", "Well. yes"), Case("Really?!", "Really?"), Case("Hi , there", "Hi, there"), Case("a_b", "a b"), Case("", ""), Case("   ", ""),
            Case("!!!", ""), Case("™®", ""),
            Case("naïve café", "naïve café"), Case("first line\nsecond line", "first line. second line"), Case("a | b", "a, b"),
        ])
    func markup(_ example: Case) { check(example) }

    @Test(
        "whole replies",
        arguments: [
            Case(
                "You have 5.8 GB of data left out of 10 GB. It resets on April 1st.",
                "You have five point eight gigabytes of data left out of ten gigabytes. It resets on April first."),
            Case("Your March bill is $42.50. It's due on March 15th.", "Your March bill is forty two dollars and fifty cents. It's due on March fifteenth."),
            Case(
                "Unlimited Plus is $70.00 a month with unlimited data. Shall I change your plan?",
                "Unlimited Plus is seventy dollars a month with unlimited data. Shall I change your plan?"),
            Case("I can't find an account under 5 5 5 0 1 0 1.", "I can't find an account under five five five, zero one zero one."),
            Case(
                "Your card ending in 4 4 7 1 was charged $1,204.00 on 2026-03-15 at 9:05 am.",
                "Your card ending in four four seven one was charged one thousand two hundred four dollars on March fifteenth, twenty twenty six at nine oh five A M."
            ),
            Case(
                "Which plan would you like: Basic, Family Share, Unlimited Plus or Traveler?",
                "Which plan would you like: Basic, Family Share, Unlimited Plus or Traveler?"),
        ])
    func replies(_ example: Case) { check(example) }

    private func check(_ example: Case) { #expect(SpeechNormaliser().speakable(example.written) == example.spoken) }

    @Test("any input: only sayable characters come out", arguments: 0..<40)
    func anyInput(seed: Int) {
        var random = Generator(seed: UInt64(seed))
        for _ in 0..<50 {
            let text = random.text(upTo: 60)
            let spoken = SpeechNormaliser().speakable(text)
            let strange = spoken.unicodeScalars.filter {
                !($0.properties.isAlphabetic || " ',.?!;:-".unicodeScalars.contains($0) || $0.properties.generalCategory == .nonspacingMark
                    || $0.properties.generalCategory == .spacingMark)
            }
            #expect(strange.isEmpty, "\(text) -> \(spoken)")
            #expect(!spoken.contains("  ") && spoken.first != " " && spoken.last != " ", "\(text) -> \(spoken)")
        }
    }

    @Test(
        "long input is read in linear time: every rule looks a bounded way ahead",
        arguments: [
            "1", "1,", "$", "[", "(", "a", "A.", "http://x", "-", "@a.", "*", "9:", "1/", "2026-", "<", " ", "e.g.", "+", "1 ", "a-", "😀",
        ])
    func longInput(piece: String) {
        let spoken = SpeechNormaliser().speakable(String(repeating: piece, count: 20_000 / piece.count))
        #expect(spoken.utf8.count < 600_000)
    }
}
