/// Cuts an answer that is there as a whole into pieces to show one after the other.
enum TextPieces {
    /// Sentences with the blanks behind them; put together they are `text` again.
    static func split(_ text: String) -> [String] {
        var pieces: [String] = []
        var piece = ""
        var isAfterEnd = false
        for character in text {
            if isAfterEnd, !character.isWhitespace, piece.last?.isWhitespace == true {
                pieces.append(piece)
                piece = ""
            }
            if !character.isWhitespace { isAfterEnd = ".!?…".contains(character) || (isAfterEnd && "\"')”’".contains(character)) }
            piece.append(character)
        }
        if !piece.isEmpty { pieces.append(piece) }
        return pieces
    }
}
