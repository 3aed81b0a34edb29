import SpokenText
import Testing

@Suite("What the normaliser says, the parsers read back")
struct RoundTripTests {
    private func spoken(_ text: String) -> String { SpeechNormaliser().speakable(text) }

    @Test("cardinals", arguments: 0..<300)
    func cardinals(seed: Int) {
        var random = Generator(seed: UInt64(seed))
        let value = seed < 130 ? seed : random.number(below: [1_000, 10_000, 1_000_000, 1_000_000_000][seed % 4])
        #expect(SpokenValues.cardinals(in: NumberWords.cardinal(value)).map(\.value) == [value])
        #expect(SpokenValues.ordinals(in: NumberWords.ordinal(value % 32 + 1)).map(\.value) == [value % 32 + 1])
    }

    @Test("amounts of money", arguments: 0..<300)
    func money(seed: Int) {
        var random = Generator(seed: UInt64(seed))
        let money = SpokenMoney(cents: random.number(below: seed % 2 == 0 ? 20_000 : 100_000_000), currency: [.usd, .eur, .inr][seed % 3])
        let sign = ["$", "€", "₹"][seed % 3]
        let found = SpokenValues.money(in: spoken(sign + money.amount)).map(\.value)
        // Cents alone say no currency but the dollar's.
        if money.cents < 100, money.currency == .eur {
            #expect(found.map(\.cents) == [money.cents])
        } else {
            #expect(found == [money], "\(spoken(sign + money.amount))")
        }
    }

    @Test("volumes of data and decimals", arguments: 0..<200)
    func decimals(seed: Int) {
        var random = Generator(seed: UInt64(seed))
        let decimal = SpokenDecimal(random.number(below: 100_000), scale: seed % 3)
        #expect(SpokenValues.numbers(in: spoken(decimal.description)).map(\.value) == [decimal], "\(decimal): \(spoken(decimal.description))")
        guard decimal.coefficient > 0 else { return }
        #expect(SpokenValues.dataVolumes(in: spoken("\(decimal) GB")).map(\.value.text) == ["\(decimal.reduced) GB"])
    }

    @Test("days, in three written forms", arguments: 0..<200)
    func days(seed: Int) {
        var random = Generator(seed: UInt64(seed))
        let day = CalendarDay(daysSince1970: 12_000 + random.number(below: 20_000))
        let name = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"][day.month - 1]
        for written in [day.iso, "\(day.month)/\(day.day)/\(day.year)", "\(name) \(day.day), \(day.year)"] {
            #expect(SpokenValues.dates(in: spoken(written), relativeTo: SpokenValuesTests.today).map(\.value) == [day], "\(written): \(spoken(written))")
        }
        #expect(CalendarDay(daysSince1970: day.daysSince1970) == day)
    }

    @Test("telephone and account numbers", arguments: 0..<200)
    func digits(seed: Int) {
        var random = Generator(seed: UInt64(seed))
        let digits = String((0..<(7 + seed % 9)).map { _ in Character(String(random.number(below: 10))) })
        #expect(SpokenValues.phoneNumbers(in: NumberWords.groupedDigits(digits)).map(\.value) == [digits])
        #expect(SpokenValues.phoneNumbers(in: spoken("+" + digits)).map(\.value) == ["+" + digits])
        let account = String(digits.prefix(4))
        #expect(SpokenValues.digitStrings(in: spoken("ending in \(account)")).map(\.value) == [account])
    }

    @Test("months", arguments: 1...12)
    func months(month: Int) {
        let value = CalendarMonth(year: 2_025, month: month)
        #expect(SpokenValues.months(in: spoken(value.iso), relativeTo: SpokenValuesTests.today).map(\.value) == [value])
    }

    @Test("any text: no parser traps, spans lie in the text and do not overlap", arguments: 0..<40)
    func anyText(seed: Int) {
        var random = Generator(seed: UInt64(seed) + 1_000)
        for _ in 0..<40 {
            let text = random.text(upTo: 40)
            var ranges: [[Range<String.Index>]] = [
                SpokenValues.cardinals(in: text).map(\.range), SpokenValues.numbers(in: text).map(\.range), SpokenValues.digitStrings(in: text).map(\.range),
            ]
            ranges += [
                SpokenValues.money(in: text).map(\.range), SpokenValues.dataVolumes(in: text).map(\.range), SpokenValues.phoneNumbers(in: text).map(\.range),
            ]
            ranges += [
                SpokenValues.dates(in: text, relativeTo: SpokenValuesTests.today).map(\.range),
                SpokenValues.months(in: text, relativeTo: SpokenValuesTests.today).map(\.range),
            ]
            _ = SpokenValues.confirmation(in: text)
            for list in ranges { #expect(zip(list, list.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }, "\(text)") }
        }
    }
}
