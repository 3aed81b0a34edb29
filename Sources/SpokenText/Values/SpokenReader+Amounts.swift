/// Money and volumes of data.
extension SpokenReader {
    private static let currencies: [String: SpokenMoney.Currency] = [
        "dollar": .usd, "dollars": .usd, "buck": .usd, "bucks": .usd, "usd": .usd, "euro": .eur, "euros": .eur, "eur": .eur,
        "pound": .gbp, "pounds": .gbp, "quid": .gbp, "gbp": .gbp, "rupee": .inr, "rupees": .inr, "inr": .inr, "rs": .inr,
    ]
    private static let signs: [Character: SpokenMoney.Currency] = ["$": .usd, "€": .eur, "£": .gbp, "₹": .inr]
    private static let parts: [String: SpokenMoney.Currency] = [
        "cent": .usd, "cents": .usd, "penny": .gbp, "pence": .gbp, "paisa": .inr, "paise": .inr,
    ]

    func money(_ start: Int) -> (SpokenMoney, Int)? {
        if let first = word(start), first == "minus", let (value, end) = money(start + 1) {
            return (SpokenMoney(cents: -value.cents, currency: value.currency), end)
        }
        // "$42.50", "USD 42.50"
        let leading =
            sign(start).flatMap { Self.signs[$0] } ?? word(start).flatMap { ["usd", "eur", "gbp", "inr", "rs"].contains($0) ? Self.currencies[$0] : nil }
        if let leading {
            let next = sign(start + 1) == "." ? start + 2 : start + 1
            guard let (value, end) = decimal(next), let cents = value.hundredths else { return nil }
            return (SpokenMoney(cents: cents, currency: leading), end)
        }
        guard let (value, end) = amountWord(start) ?? decimal(start) else { return nil }
        if let part = word(end).flatMap({ Self.parts[$0] }), value.scale == 0, value.coefficient >= 0 {
            return (SpokenMoney(cents: value.coefficient, currency: part), end + 1)
        }
        let unitPlace = end
        guard let unit = word(unitPlace).flatMap({ Self.currencies[$0] }) ?? sign(unitPlace).flatMap({ Self.signs[$0] }), var cents = value.hundredths else {
            return nil
        }
        var last = unitPlace + 1
        // "and fifty cents", "fifty cents", "forty two dollars fifty", "five dollars and a half" are all heard.
        let next = word(last) == "and" || sign(last) == "," ? last + 1 : last
        if let (part, partEnd) = cardinal(next), 1...99 ~= part {
            if word(partEnd).flatMap({ Self.parts[$0] }) != nil {
                (cents, last) = (cents + part, partEnd + 1)
            } else if next == last, part >= 10, word(partEnd).flatMap({ Self.currencies[$0] }) == nil, value.scale == 0 {
                (cents, last) = (cents + part, partEnd)
            }
        } else if let (half, partEnd) = partAfterAnd(last), value.scale == 0 {
            (cents, last) = (cents + half, partEnd)
        }
        return (SpokenMoney(cents: cents, currency: unit), last)
    }

    /// "a dollar", "a gig": the article counts one.
    private func amountWord(_ start: Int) -> (SpokenDecimal, Int)? {
        guard word(start) == "a" || word(start) == "an", let next = word(start + 1),
            Self.currencies[next] != nil || Self.volumes[next] != nil
        else { return nil }
        return (SpokenDecimal(1), start + 1)
    }

    private static let volumes: [String: SpokenDataVolume.Unit] = [
        "gb": .gigabytes, "gig": .gigabytes, "gigs": .gigabytes, "gigabyte": .gigabytes, "gigabytes": .gigabytes, "gbs": .gigabytes,
        "mb": .megabytes, "meg": .megabytes, "megs": .megabytes, "megabyte": .megabytes, "megabytes": .megabytes, "mbs": .megabytes,
        "kb": .kilobytes, "kilobyte": .kilobytes, "kilobytes": .kilobytes, "tb": .terabytes, "terabyte": .terabytes, "terabytes": .terabytes,
    ]

    func dataVolume(_ start: Int) -> (SpokenDataVolume, Int)? {
        guard let (value, unitPlace) = amountWord(start) ?? decimal(start) else { return nil }
        var place = unitPlace
        if word(place) == "of" { place += 1 }
        guard let (unit, end) = volumeUnit(place), value.coefficient > 0 else { return nil }
        if let (part, last) = partAfterAnd(end), value.scale == 0, let whole = value.times(100) {
            return (SpokenDataVolume(SpokenDecimal(whole.coefficient + part, scale: 2).reduced, unit), last)
        }
        return (SpokenDataVolume(value.reduced, unit), end)
    }

    /// One word, or the two that recognisers write: "giga bytes".
    private func volumeUnit(_ place: Int) -> (SpokenDataVolume.Unit, Int)? {
        guard let first = word(place) else { return nil }
        if let unit = Self.volumes[first] { return (unit, place + 1) }
        if let second = word(skipHyphen(place + 1)), ["byte", "bytes", "bite", "bites"].contains(second), let unit = Self.volumes[first + "byte"] {
            return (unit, skipHyphen(place + 1) + 1)
        }
        return nil
    }
}
