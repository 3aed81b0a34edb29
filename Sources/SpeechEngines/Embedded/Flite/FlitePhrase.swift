/// Text in the characters that Flite's English front end knows: ASCII, without control characters.
enum FlitePhrase {
    private static let replacements: [Unicode.Scalar: String] = [
        "‘": "'", "’": "'", "‚": "'", "“": "", "”": "", "„": "", "–": ", ", "—": ", ", "…": ".", "£": " pounds ", "€": " euros ",
        "°": " degrees ", "×": " times ", "½": " a half ", "&": " and ", "À": "A", "Á": "A", "Â": "A", "Ã": "A", "Ä": "A", "Å": "A",
        "Æ": "Ae", "Ç": "C", "È": "E", "É": "E", "Ê": "E", "Ë": "E", "Ì": "I", "Í": "I", "Î": "I", "Ï": "I", "Ñ": "N", "Ò": "O",
        "Ó": "O", "Ô": "O", "Õ": "O", "Ö": "O", "Ø": "O", "Ù": "U", "Ú": "U", "Û": "U", "Ü": "U", "Ý": "Y", "ß": "ss", "à": "a",
        "á": "a", "â": "a", "ã": "a", "ä": "a", "å": "a", "æ": "ae", "ç": "c", "è": "e", "é": "e", "ê": "e", "ë": "e", "ì": "i",
        "í": "i", "î": "i", "ï": "i", "ñ": "n", "ò": "o", "ó": "o", "ô": "o", "õ": "o", "ö": "o", "ø": "o", "œ": "oe", "ù": "u",
        "ú": "u", "û": "u", "ü": "u", "ý": "y", "ÿ": "y",
    ]

    /// - Returns: nil when there is nothing to say in it.
    static func speakable(_ text: String) -> String? {
        var phrase = ""
        for scalar in text.unicodeScalars {
            if let replacement = replacements[scalar] {
                phrase += replacement
            } else {
                phrase.unicodeScalars.append(scalar.isASCII && scalar.value >= 0x20 && scalar.value != 0x7F ? scalar : " ")
            }
        }
        return phrase.contains { $0.isLetter || $0.isNumber } ? phrase : nil
    }
}
