/// What the callers of `bench turns` say.
enum BenchScript {
    static let scripts = [
        ["How much data do I have left?", "And how much was my last bill?", "No, thank you. Goodbye."],
        ["Can you tell me what my latest bill is?", "How much data have I used this month?", "That is all, thanks. Goodbye."],
        ["I would like to change my plan.", "Family Share, please.", "No, leave it as it is.", "Goodbye."],
        ["I want to check my data balance.", "What plans do you have?", "No, thank you. Goodbye."],
        ["I have a question about my invoice.", "How much data do I have left?", "No thanks. Goodbye."],
    ]
}
