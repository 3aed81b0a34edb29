/// Yes and no.
extension SpokenReader {
    private static let yes = phrases([
        "yes", "yeah", "yep", "yup", "ya", "yah", "yea", "yes please", "sure", "sure thing", "sure why not", "okay", "ok", "alright", "all right", "right",
        "correct", "that's right", "that is right", "that's correct", "that is correct", "that's it", "that's the one", "that is fine", "that's fine",
        "that's good", "that works", "that would be great", "sounds good", "sounds great", "sounds fine", "go ahead", "go for it", "please do", "do it",
        "do that", "do so", "absolutely", "definitely", "certainly", "of course", "exactly", "indeed", "affirmative", "confirm", "confirmed", "i confirm",
        "i agree", "agreed", "fine", "perfect", "great", "good", "proceed", "carry on", "uh huh", "mm hmm", "mhm", "why not", "you bet", "for sure",
        "no problem",
        "no worries", "i do", "i would", "i am", "it is", "you can", "yes i do", "it's correct", "it's right", "haan", "haan ji", "let's do it",
        "let's do that", "works for me",
        "not a problem", "i think so", "i guess so", "i suppose so", "you got it", "by all means", "please", "please proceed", "true", "make it so",
    ])
    private static let no = phrases([
        "no", "nope", "nah", "naw", "no no", "no thanks", "no thank you", "no way", "not really", "not now", "not today", "not yet", "not right now",
        "not at all",
        "not that one", "not this one", "not quite", "not correct", "not right", "i don't", "i do not", "i don't think so", "i do not think so", "don't",
        "do not", "don't do it", "don't do that",
        "please don't", "never", "never mind", "that's wrong", "that is wrong", "wrong", "incorrect", "that's incorrect", "that's not right",
        "that is not right", "that's not correct", "that is not correct", "that's not it", "it isn't", "it is not", "it's not", "i'm not", "negative", "nahi",
        "no i don't", "i'd rather not", "i would rather not",
        "i don't want that", "i don't want to", "i do not want to", "i don't agree", "false", "absolutely not", "definitely not", "of course not",
        "certainly not", "leave it", "forget it", "hold off", "i wouldn't", "i won't", "uh uh", "nuh uh", "that isn't right", "that isn't correct",
    ])
    private static let fillers: Set<String> = [
        "um", "uh", "uhm", "er", "ah", "oh", "well", "so", "hmm", "hm", "mm", "like", "just", "and", "actually", "i", "mean", "said", "think", "you", "know",
        "okay", "ok",
        "sorry", "hey", "hello", "hi", "then", "a", "bit", "the", "answer", "is", "my", "say", "would", "let", "me", "really", "very", "much", "please", "sir",
        "madam", "ma'am",
    ]
    /// After "no", these make it a statement: "no data left", "no idea".
    private static let notRefused: Set<String> = [
        "idea", "clue", "data", "signal", "service", "network", "internet", "coverage", "matter", "one", "bars", "connection", "reception", "money", "balance",
        "more", "longer",
    ]
    /// Consent only if the turn holds nothing else: "right, and my bill?" is none.
    private static let weak: Set<String> = ["please", "good", "great", "perfect", "right", "fine", "ya", "yah", "true"]
    /// Beginnings of many another sentence: "I don't know", "it is raining".
    private static let weakPhrases: Set<[String]> = [
        ["it", "is"], ["i", "do"], ["i", "would"], ["i", "am"], ["you", "can"], ["i", "don't"], ["i", "do", "not"], ["it's", "not"], ["it", "is", "not"],
        ["it", "isn't"], ["i'm", "not"], ["i", "won't"], ["i", "wouldn't"],
    ]
    private static let politeness: Set<String> = [
        "thank", "thanks", "you", "sir", "madam", "ma'am", "dear", "that", "that's", "is", "it", "it's", "all", "very", "please",
    ]
    private static let corrections: Set<String> = ["mean", "sorry", "actually", "wait", "rather"]

    private static func phrases(_ list: [String]) -> [[String]: Int] {
        Dictionary(list.map { ($0.split(separator: " ").map(String.init), 1) }, uniquingKeysWith: { first, _ in first })
    }

    func confirmation() -> SpokenValue<Bool>? {
        let words: [(word: String, token: Int)] = tokens.enumerated().compactMap { place, token in token.word.map { ($0, place) } }
        guard !words.isEmpty else { return nil }
        var hits: [(value: Bool, first: Int, end: Int, isLead: Bool)] = []
        var isLead = true
        var place = 0
        var covered = 0
        while place < words.count {
            let window = words[place...].prefix(5).map(\.word)
            var hit: (Bool, Int)?
            for length in stride(from: window.count, through: 1, by: -1) {
                let phrase = Array(window.prefix(length))
                if Self.no[phrase] != nil { hit = (false, length); break }
                if Self.yes[phrase] != nil { hit = (true, length); break }
            }
            if let (value, length) = hit {
                let next = place + length < words.count ? words[place + length].word : ""
                if !(window[0] == "no" && length == 1 && Self.notRefused.contains(next)) { hits.append((value, place, place + length, isLead)) }
                place += length
                covered += length
            } else {
                if Self.fillers.contains(words[place].word) || Self.politeness.contains(words[place].word) { covered += 1 }
                if !Self.fillers.contains(words[place].word) { isLead = false }
                place += 1
            }
        }
        // Only what opens the turn counts in a long one: "i have no data" is no refusal, "good" inside a sentence no consent.
        let isAll = covered == words.count
        let counted = hits.filter { hit in
            let isWeak =
                (hit.value && hit.end - hit.first == 1 && Self.weak.contains(words[hit.first].word))
                || Self.weakPhrases.contains(words[hit.first..<hit.end].map(\.word))
            return isWeak ? isAll : hit.isLead || words.count <= (hit.value ? 3 : 4)
        }
        guard let first = counted.first else { return nil }
        var chosen = first
        if let other = counted.first(where: { $0.value != first.value }) {
            let between = words[first.end..<other.first].map(\.word)
            let isCorrected = between.contains(where: Self.corrections.contains)
            // "yeah no" and "no yeah" mean what comes last; "no that's right" could be either.
            let isIdiom = other.first == first.end && other.end - other.first == 1 && first.end - first.first == 1
            // "okay no thanks", "no please don't": a weak opening gives way.
            let isWeak =
                first.value && first.end - first.first == 1 && ["okay", "ok", "right", "please", "good", "fine", "alright"].contains(words[first.first].word)
            guard isCorrected || isIdiom || isWeak || (!first.value && words[other.first].word == "please") else { return nil }
            chosen = !first.value && words[other.first].word == "please" ? first : other
        }
        return found(chosen.value, words[chosen.first].token, words[chosen.end - 1].token + 1)
    }
}
