/// How a word sounds, roughly, and how alike two phrases are on the phone.
///
/// A key in the manner of Metaphone, with the consonants collapsed that 300-3400 Hz does not keep apart: b/p, d/t/th, g/k, v/f,
/// z/s, sh/ch/j. Vowels count only at the beginning; spaces do not count, because recognisers part words where they like.
public struct SoundKey: Sendable, Hashable {
    /// Lower-case letters and digits of the phrase.
    public let letters: [UInt8]
    /// Its consonants, one ASCII letter a sound.
    public let sounds: [UInt8]

    public init(_ phrase: some StringProtocol) {
        letters = phrase.lowercased().utf8.filter { 97...122 ~= $0 || 48...57 ~= $0 }
        sounds = Self.sounds(of: letters)
    }

    /// 0…1: 1 when sound and spelling are equal.
    public func similarity(to other: SoundKey) -> Double { 0.55 * soundSimilarity(to: other) + 0.45 * spellingSimilarity(to: other) }
    public func soundSimilarity(to other: SoundKey) -> Double { Self.similarity(sounds, other.sounds) }
    public func spellingSimilarity(to other: SoundKey) -> Double { Self.similarity(letters, other.letters) }

    private static func similarity(_ left: [UInt8], _ right: [UInt8]) -> Double {
        let longest = max(left.count, right.count)
        return longest == 0 ? 1 : 1 - Double(editDistance(left, right)) / Double(longest)
    }

    /// Levenshtein distance. Only the first 48 letters of each are looked at: domain words are shorter.
    static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        let (left, right) = (left.prefix(48), right.prefix(48))
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let substitution = diagonal + (a == b ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[right.count]
    }

    private static func sounds(of letters: [UInt8]) -> [UInt8] {
        func at(_ place: Int) -> Character { place >= 0 && place < letters.count ? Character(Unicode.Scalar(letters[place])) : " " }
        func isVowel(_ character: Character) -> Bool { "aeiouy".contains(character) }
        var sounds: [UInt8] = []
        func put(_ text: String) {
            for byte in text.utf8 where sounds.last != byte { sounds.append(byte) }
        }
        var place = 0
        if ["kn", "gn", "wr", "ps"].contains(String([at(0), at(1)])) { place = 1 }
        while place < letters.count {
            let (character, next, after) = (at(place), at(place + 1), at(place + 2))
            var length = 1
            switch character {
            case "a", "e", "i", "o", "u": if place == 0 { put("A") }
            case "b": if !(at(place - 1) == "m" && next == " ") { put("P") }
            case "p": if next == "h" { put("F"); length = 2 } else { put("P") }
            case "d": if next == "g", after == "e" || after == "i" { put("X"); length = 2 } else { put("T") }
            case "t":
                if next == "i", after == "o" || after == "a" {
                    put("X"); length = 2
                } else if next == "c", after == "h" {
                    put("X"); length = 3
                } else {
                    put("T"); length = next == "h" ? 2 : 1
                }
            case "c":
                if next == "h" { put("X"); length = 2 } else if "eiy".contains(next) { put("S") } else { put("K"); length = next == "k" ? 2 : 1 }
            case "g":
                if next == "h" {
                    length = 2; if place == 0 { put("K") }
                } else if next == "n", after == " " {
                    break
                } else {
                    put("eiy".contains(next) ? "X" : "K")
                }
            case "j": put("X")
            case "k", "q": put("K")
            case "x": put(place == 0 ? "S" : "KS")
            case "f", "v": put("F")
            case "s":
                if next == "h" { put("X"); length = 2 } else if next == "i", after == "o" { put("X"); length = 2 } else { put("S") }
            case "z": put("S")
            case "l": put("L")
            case "m": put("M")
            case "n": put("N"); if next == "g", !isVowel(after) { length = 2 }
            case "r": put("R")
            case "h": if place == 0 { put("H") }
            case "w": if isVowel(next), place == 0 { put("W") }
            case "y": if place == 0 { put(isVowel(next) ? "Y" : "A") }
            default: sounds.append(letters[place])  // digits
            }
            place += length
        }
        return sounds
    }
}
