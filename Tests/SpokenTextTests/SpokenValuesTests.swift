import SpokenText
import Testing

@Suite("Words as heard -> values")
struct SpokenValuesTests {
    /// Thursday.
    static let today = CalendarDay(daysSince1970: 20_524)

    @Test(
        "cardinals",
        arguments: [
            ("twelve", 12), ("twenty six", 26), ("twenty-six", 26), ("a hundred", 100), ("one hundred and five", 105), ("twelve hundred and fifty", 1_250),
            ("one thousand two hundred fifty", 1_250), ("two thousand and twenty six", 2_026), ("a thousand", 1_000), ("three million", 3_000_000),
            ("1,250", 1_250), ("1250", 1_250), ("3 thousand", 3_000), ("two lakh", 200_000), ("one crore", 10_000_000), ("I have fifteen of them", 15),
            ("zero", 0),
            ("ninety nine thousand nine hundred ninety nine", 99_999), ("five hundred", 500),
        ])
    func cardinals(text: String, value: Int) { #expect(SpokenValues.cardinals(in: text).map(\.value) == [value]) }

    @Test("several numbers in one sentence keep their places")
    func severalCardinals() {
        let found = SpokenValues.cardinals(in: "either twenty or one hundred and ten, not 5")
        #expect(found.map(\.value) == [20, 110, 5])
        #expect(found.map(\.text) == ["twenty", "one hundred and ten", "5"])
    }

    @Test(
        "decimals",
        arguments: [
            ("four point two", "4.2"), ("4.2", "4.2"), ("zero point five", "0.5"), ("point five", "0.5"), ("one and a half", "1.50"),
            ("two and a quarter", "2.25"),
            ("half a", "0.5"), ("minus five", "-5"), ("three point one four", "3.14"), ("four point twenty five", "4.25"), ("2.5 million", "2500000.0"),
            ("10.05", "10.05"),
        ])
    func decimals(text: String, value: String) { #expect(SpokenValues.numbers(in: text).map(\.value.description) == [value]) }

    @Test(
        "digits said one by one",
        arguments: [
            ("four four seven one", "4471"), ("double five nine", "559"), ("triple zero one", "0001"), ("oh five oh", "050"), ("4 4 7 one", "4471"),
            ("44 71", "4471"),
            ("forty four seventy one", "4471"), ("five five five, zero one nine nine", "5550199"), ("555-0199", "5550199"),
            ("five five five dash oh one double nine", "5550199"),
            ("nine one one", "911"), ("five hundred", "500"), ("eight hundred five five five", "800555"), ("it's 1 2 3 and then 4 5", "12345"), ("seven", "7"),
            ("double 4 7", "447"),
        ])
    func digits(text: String, value: String) { #expect(SpokenValues.digitStrings(in: text).map(\.value) == [value]) }

    @Test("no digits where none were said", arguments: ["oh I see", "hello there", "", "double trouble", "nil"])
    func noDigits(text: String) { #expect(SpokenValues.digitStrings(in: text).isEmpty) }

    @Test(
        "telephone numbers: 7 to 15 digits",
        arguments: [
            ("my number is five five five zero one nine nine", "5550199"), ("(800) 555-0199", "8005550199"), ("+1 555 010 0199", "+15550100199"),
            ("plus one five five five oh one oh oh one double nine", "+15550100199"), ("it's nine eight seven six five four three two one zero", "9876543210"),
            ("555 0 1 0 1", "5550101"), ("it's five five five uh zero one zero one", "5550101"),
        ])
    func phones(text: String, value: String) { #expect(SpokenValues.phoneNumbers(in: text).map(\.value) == [value]) }

    @Test(
        "money",
        arguments: [
            ("$42.50", "42.50", SpokenMoney.Currency.usd), ("forty two dollars and fifty cents", "42.50", .usd), ("forty two dollars fifty", "42.50", .usd),
            ("fifty cents", "0.50", .usd),
            ("a dollar", "1.00", .usd), ("twenty bucks", "20.00", .usd), ("a hundred and twenty dollars", "120.00", .usd),
            ("five hundred rupees", "500.00", .inr), ("500 rupees", "500.00", .inr),
            ("₹499", "499.00", .inr), ("one pound fifty", "1.50", .gbp), ("USD 5", "5.00", .usd), ("nineteen euros and ninety nine cents", "19.99", .eur),
            ("42.5 dollars", "42.50", .usd),
            ("two and a half dollars", "2.50", .usd), ("$1,234.56", "1234.56", .usd), ("minus five dollars", "-5.00", .usd),
            ("three point two million dollars", "3200000.00", .usd),
        ])
    func money(text: String, amount: String, currency: SpokenMoney.Currency) {
        #expect(SpokenValues.money(in: text).map(\.value.amount) == [amount])
        #expect(SpokenValues.money(in: text).map(\.value.currency) == [currency])
    }

    @Test(
        "volumes of data",
        arguments: [
            ("a gig and a half", "1.5 GB"), ("one and a half gigs", "1.5 GB"), ("five hundred megabytes", "500 MB"), ("4.2 GB", "4.2 GB"), ("5gb", "5 GB"),
            ("half a gig", "0.5 GB"),
            ("two gigs", "2 GB"), ("one point five gigabytes", "1.5 GB"), ("ten giga bytes", "10 GB"), ("a terabyte", "1 TB"), ("twenty gigs of data", "20 GB"),
        ])
    func data(text: String, value: String) { #expect(SpokenValues.dataVolumes(in: text).map(\.value.text) == [value]) }

    @Test(
        "days, counted from Thursday 2026-03-12",
        arguments: [
            ("today", "2026-03-12"), ("tomorrow", "2026-03-13"), ("yesterday", "2026-03-11"), ("the day after tomorrow", "2026-03-14"),
            ("day before yesterday", "2026-03-10"),
            ("March 3rd", "2026-03-03"), ("march third", "2026-03-03"), ("March 15, 2026", "2026-03-15"), ("the fifteenth of next month", "2026-04-15"),
            ("3rd of March 2025", "2025-03-03"),
            ("the fifteenth", "2026-03-15"), ("the tenth", "2026-04-10"), ("15 march", "2026-03-15"), ("march fifteenth twenty twenty six", "2026-03-15"),
            ("december thirty first", "2025-12-31"),
            ("next friday", "2026-03-13"), ("last monday", "2026-03-09"), ("on sunday", "2026-03-15"), ("in three days", "2026-03-15"),
            ("two weeks ago", "2026-02-26"), ("a week ago", "2026-03-05"),
            ("2026-03-15", "2026-03-15"), ("3/15/2026", "2026-03-15"), ("the first of the month", "2026-03-01"), ("end of the month", "2026-03-31"),
            ("end of last month", "2026-02-28"), ("february 29 2024", "2024-02-29"),
        ])
    func dates(text: String, day: String) { #expect(SpokenValues.dates(in: text, relativeTo: Self.today).map(\.value.iso) == [day]) }

    @Test(
        "no days where none were said", arguments: ["the second one", "february 30", "I may go", "may I ask", "five gigs", "march on", "the first plan please"])
    func noDates(text: String) { #expect(SpokenValues.dates(in: text, relativeTo: Self.today).isEmpty) }

    @Test(
        "months: the latest that has begun",
        arguments: [
            ("march", "2026-03"), ("my bill for February", "2026-02"), ("april", "2025-04"), ("last month", "2026-02"), ("this month", "2026-03"),
            ("next month", "2026-04"), ("two months ago", "2026-01"),
            ("the month before last", "2026-01"), ("March 2025", "2025-03"), ("march of last year", "2025-03"), ("december twenty twenty four", "2024-12"),
            ("2025-11", "2025-11"), ("in may", "2025-05"),
            ("last december", "2025-12"), ("next april", "2026-04"), ("may", "2025-05"), ("january two thousand twenty six", "2026-01"),
            ("the previous month", "2026-02"),
        ])
    func months(text: String, month: String) { #expect(SpokenValues.months(in: text, relativeTo: Self.today).map(\.value.iso) == [month]) }

    @Test(
        "yes",
        arguments: [
            "yes", "Yes.", "yeah", "yep", "sure", "okay", "that's right", "That is correct.", "go ahead", "please do", "yes please change it",
            "yeah that's the one", "um yes", "absolutely", "sounds good", "of course",
            "sure why not", "no problem", "why not", "uh huh", "yes yes yes", "okay thanks", "right", "ya correct", "I said yes", "well yeah I guess so",
            "yes that would be great", "alright do it", "ok go ahead with that", "i do",
        ])
    func yes(text: String) { #expect(SpokenValues.confirmation(in: text)?.value == true) }

    @Test(
        "no",
        arguments: [
            "no", "No.", "nope", "nah", "not really", "no thanks", "no thank you", "I don't think so", "that's wrong", "that is not correct", "please don't",
            "not now", "uh no", "no not that one", "yeah no", "okay no thanks",
            "don't do it", "absolutely not", "never mind", "no I want the other one", "i'd rather not", "not right", "yes sorry I mean no", "i said no",
            "no no no", "no leave it as it is", "definitely not",
        ])
    func no(text: String) { #expect(SpokenValues.confirmation(in: text)?.value == false) }

    @Test(
        "neither",
        arguments: [
            "", "maybe", "how much is it", "I have no data left on my phone", "no idea", "what would it cost", "the good one is the other plan",
            "no that's right", "i want to know my balance", "no signal here", "right so what about my bill", "it is raining today in the city",
            "please tell me my balance",
        ])
    func neither(text: String) { #expect(SpokenValues.confirmation(in: text) == nil) }

    @Test("every value carries the words it was said in")
    func spans() {
        let text = "I paid $42.50 on March 3rd for a gig and a half"
        #expect(SpokenValues.money(in: text).map(\.text) == ["$42.50"])
        #expect(SpokenValues.dates(in: text, relativeTo: Self.today).map(\.text) == ["March 3rd"])
        #expect(SpokenValues.dataVolumes(in: text).map(\.text) == ["a gig and a half"])
        #expect(SpokenValues.confirmation(in: "well yes please")?.text == "yes please")
    }
}
