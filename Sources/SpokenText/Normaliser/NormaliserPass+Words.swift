/// Rules for words, abbreviations, codes and addresses.
extension NormaliserPass {
    mutating func word() -> Match? {
        guard let first = at(index) else { return nil }
        switch first {
        case "&": return Match("and", index + 1)
        case "@": return Match("at", index + 1)
        case "+": return Match("plus", index + 1)
        case "'", "-", "(", ".", "~", "#": return nil
        default: break
        }
        guard first.isLetter else { return nil }
        return address() ?? abbreviation() ?? plain()
    }

    // MARK: Addresses

    /// "https://www.example.com/help?x=1" and "www.example.com" -> the host; "help@example.com" -> spoken mail address.
    private func address() -> Match? {
        var end = index
        var mailSign: Int?
        while let scalar = at(end), !scalar.isSpace, end - index < 4 * Self.reach {
            if scalar == "@" { mailSign = end }
            end += 1
        }
        let isTooLong = at(end).map { !$0.isSpace } ?? false
        guard !isTooLong || hasScheme else { return nil }
        var tail = end
        while tail > index, let last = at(tail - 1), ".,;:!?)'\"".unicodeScalars.contains(last) { tail -= 1 }
        if hasScheme || letters(index).lowercased() == "www" && at(index + 3) == "." {
            var start = index
            if hasScheme { while let scalar = at(start), scalar != "/" { start += 1 }; start += 2 }
            if letters(start).lowercased() == "www", at(start + 3) == "." { start += 4 }
            var hostEnd = start
            while hostEnd < tail, let scalar = at(hostEnd), !"/?#:".unicodeScalars.contains(scalar) { hostEnd += 1 }
            // What a runaway address leaves is dropped up to the next space by the caller's next look: one bounded piece at a time.
            return Match(spokenHost(start, hostEnd), tail)
        }
        if let mailSign, mailSign > index, mailSign + 1 < tail, text[(mailSign + 1)..<tail].contains(".") {
            return Match(spokenHost(index, mailSign) + " at " + spokenHost(mailSign + 1, tail), tail)
        }
        return nil
    }

    private var hasScheme: Bool {
        let scheme = letters(index).lowercased()
        guard scheme == "http" || scheme == "https" || scheme == "ftp" else { return false }
        let end = index + scheme.unicodeScalars.count
        return at(end) == ":" && at(end + 1) == "/" && at(end + 2) == "/"
    }

    private func spokenHost(_ start: Int, _ end: Int) -> String {
        var words: [String] = []
        var place = start
        while place < end, let scalar = at(place) {
            if scalar.isLetter {
                let run = String(letters(place).prefix(end - place))
                words.append(run)
                place += max(run.unicodeScalars.count, 1)
                continue
            }
            if scalar.isDigit { words.append(NumberWords.small[Int(scalar.value - 48)]) }
            if scalar == "." { words.append("dot") }
            if scalar == "-" { words.append("dash") }
            place += 1
        }
        return words.joined(separator: " ")
    }

    // MARK: Abbreviations

    private func abbreviation() -> Match? {
        // Letters with inner stops: "e.g.", "U.S."
        var end = index
        var dotted = ""
        while let scalar = at(end), scalar.isLetter, at(end + 1) == ".", end - index < 12 {
            dotted.unicodeScalars.append(scalar)
            dotted.append(".")
            end += 2
        }
        if dotted.count >= 4, isBoundary(end) {
            let key = String(dotted.lowercased().dropLast())
            let words = SpeechTables.abbreviations[key] ?? dotted.filter { $0 != "." }.uppercased().map(String.init).joined(separator: " ")
            let next = at(skipSpaces(end))
            // At the end of a sentence the last stop does double duty.
            return Match(words, next == nil || (next?.isCapital == true && key != "u.s" && key != "u.k") ? end - 1 : end)
        }
        let name = letters(index)
        let stop = index + name.unicodeScalars.count
        let key = name.lowercased()
        if at(stop) == "/" {
            let long = name + "/" + letters(stop + 1)
            if let words = SpeechTables.plainAbbreviations[long], isBoundary(index + long.count) { return Match(words, index + long.count) }
        }
        guard at(stop) == ".", isBoundary(stop + 1) else { return nil }
        let next = skipSpaces(stop + 1)
        let more = at(next).map { $0.isLetter || $0.isDigit } ?? false
        if key == "st" { return street(stop: stop, next: next) }
        if key == "no", at(next)?.isDigit == true, at(stop + 1) != nil { return Match("number", stop + 1) }
        guard let words = SpeechTables.abbreviations[key] else { return nil }
        if SpeechTables.onlyBeforeMore.contains(key) {
            let isName = name.first?.isUppercase == true
            guard more, isName || at(next)?.isCapital == false else { return nil }
            // "I sat. Then": a lower-case word before a capital ended its sentence.
            if !isName, at(next)?.isCapital == true { return nil }
        }
        let endsSentence =
            at(next) == nil
            || (at(next)?.isCapital == true && !["mr", "mrs", "ms", "dr", "prof", "sr", "jr"].contains(key) && SpeechTables.monthNumbers[name] == nil)
        return Match(words, endsSentence ? stop : stop + 1)
    }

    /// "St. Louis" is a saint, "Main St." a street.
    private func street(stop: Int, next: Int) -> Match {
        let isSaint = at(next)?.isCapital == true && at(stop + 1)?.isSpace == true && (previousWord.isEmpty || !isPreviousCapital)
        if isSaint { return Match("Saint", stop + 1) }
        let endsSentence = at(next) == nil || at(next)?.isCapital == true
        return Match("Street", endsSentence ? stop : stop + 1)
    }

    /// True when the word before the current place begins with a capital ("Main St.").
    private var isPreviousCapital: Bool {
        var place = index - 1
        while let scalar = at(place), scalar.isSpace, index - place < 4 { place -= 1 }
        while let scalar = at(place - 1), scalar.isLetter, index - place < Self.reach { place -= 1 }
        return at(place)?.isCapital == true
    }

    // MARK: Words and codes

    private func plain() -> Match {
        var end = index
        var hasDigit = false
        while let scalar = at(end), end - index < Self.reach {
            if scalar.isDigit {
                hasDigit = true
            } else if scalar == "'" || scalar == "-" {
                // Both belong to a word only between letters; a hyphen before a digit makes it a code.
                guard let next = at(end + 1), next.isLetter || (scalar == "-" && next.isDigit) else { break }
            } else if !scalar.isLetter {
                break
            }
            end += 1
        }
        if hasDigit { return code(from: index) }
        var written = String.UnicodeScalarView()
        written.append(contentsOf: text[index..<end])
        let word = String(written)
        if let words = SpeechTables.plainAbbreviations[word] { return Match(words, end) }
        // "AT&T", "Q&A": initials.
        if at(end) == "&" || at(index - 1) == "&", word.count <= 2, word == word.uppercased() {
            return Match(word.map(String.init).joined(separator: " "), end)
        }
        let pieces = word.split(separator: "-").map { isSpelled($0) ? spelled($0) : String($0) }
        return Match(pieces.joined(separator: pieces.contains { $0.contains(" ") } ? " " : "-"), end)
    }

    /// Capitals that people read letter by letter: a known list, and whatever holds no vowel.
    private func isSpelled(_ word: some StringProtocol) -> Bool {
        let isPlural = word.count > 2 && word.hasSuffix("s")
        let body = isPlural ? String(word.dropLast()) : String(word)
        guard body.count >= 2, body.count <= 5, body.unicodeScalars.allSatisfy({ 65...90 ~= $0.value }) else { return false }
        if SpeechTables.readAsWords.contains(body) { return false }
        return SpeechTables.spelled.contains(body) || !body.contains { "AEIOU".contains($0) }
    }

    private func spelled(_ word: some StringProtocol) -> String {
        let isPlural = word.hasSuffix("s")
        let letters = (isPlural ? word.dropLast() : word[...]).map(String.init).joined(separator: " ")
        return letters + (isPlural ? "'s" : "")
    }

    /// Letters and digits mixed ("AB12-C3", "5G", "iPhone15"): short runs of letters spelled, words left whole, digits one by one.
    func code(from start: Int) -> Match {
        var parts: [String] = []
        var place = start
        var pauses = 0
        while let scalar = at(place), place - start < Self.reach {
            if scalar.isDigit {
                var digits = ""
                while let digit = at(place), digit.isDigit, place - start < Self.reach {
                    digits.unicodeScalars.append(digit)
                    place += 1
                }
                parts.append(digits.count <= 4 ? NumberWords.digits(digits) : NumberWords.groupedDigits(digits))
            } else if scalar.isLetter {
                let run = letters(place)
                let isWord = run.count > 3 && run.contains { "aeiouAEIOU".contains($0) } && run != run.uppercased()
                parts.append(isWord ? run : run.uppercased().map(String.init).joined(separator: " "))
                place += run.unicodeScalars.count
            } else if scalar == "-", let next = at(place + 1), next.isDigit || next.isLetter, let last = parts.popLast(), pauses < 8 {
                parts.append(last + ",")
                pauses += 1
                place += 1
            } else {
                break
            }
        }
        return Match(parts.joined(separator: " "), place)
    }
}
