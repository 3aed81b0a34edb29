/// A sentence as the n-grams it is made of: words one and two at a time, and two to five letters within words.
///
/// Letters carry the sense through a recogniser's or typist's errors ("usge", "invoyce"), words keep the order of two.
enum NGrams {
    /// Feature hashes (FNV-1a, 32 bit), each once.
    struct Features: Sendable {
        var words: [UInt32], letters: [UInt32]
    }
    /// Sentences are read up to here; a longer turn says what it wants at its start or its end.
    private static let longest = 600
    private static let fillers: Set<String> = [
        "um", "uh", "uhm", "er", "erm", "ah", "hmm", "mm", "please", "kindly", "fucking", "fuckin", "damn", "bloody", "freaking",
    ]

    /// Lower case, letters and digits only; numerals become `#`, fillers go.
    static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func close() {
            if !word.isEmpty, !fillers.contains(word) { words.append(word.allSatisfy(\.isNumber) ? "#" : word) }
            word = ""
        }
        let clipped = text.count <= longest ? text[...] : text.prefix(longest / 2) + " " + text.suffix(longest / 2)
        for character in clipped.lowercased() {
            if character.isLetter || character.isNumber { word.append(character) } else if character == "'" || character == "’" { continue } else { close() }
        }
        close()
        return words
    }

    static func features(of text: String) -> Features { features(of: words(of: text)) }

    static func features(of words: [String]) -> Features {
        var seen: Set<UInt32> = []
        var features = Features(words: [], letters: [])
        func add(_ hash: UInt32, to list: inout [UInt32]) {
            if seen.insert(hash).inserted { list.append(hash) }
        }
        var previous: String?
        for word in words {
            add(hash("w1 ", word.utf8), to: &features.words)
            if let previous { add(hash("w2 ", Array(previous.utf8) + [32] + Array(word.utf8)), to: &features.words) }
            previous = word
        }
        if let first = words.first { add(hash("w2 ", Array("^ ".utf8) + Array(first.utf8)), to: &features.words) }
        if let last = words.last { add(hash("w2 ", Array(last.utf8) + Array(" $".utf8)), to: &features.words) }
        for word in words {
            let letters = [32] + Array(word.utf8) + [32]
            for length in 2...5 where letters.count >= length {
                for start in 0...(letters.count - length) { add(hash("c", letters[start..<(start + length)]), to: &features.letters) }
            }
        }
        return features
    }

    private static func hash(_ kind: StaticString, _ bytes: some Sequence<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for byte in kind.description.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return hash
    }
}
