/// What the callers of `bench turns` say: people who explain themselves, so that they speak about a third of the time.
enum BenchScript {
    static let scripts = [
        [
            "Hello, good morning. I have been watching a lot of films on the train this month, and now I am a little worried. How much data do I have left?",
            "Thank you, that is good to know. And while I have you on the line, there is one more thing that my wife asked me. How much was my last bill?",
            "No, thank you very much, that is really all that I wanted to know from you for today. Goodbye.",
        ],
        [
            "Good afternoon, I am calling because I have just come back from a long holiday and I have lost track of it. Can you tell me what my latest bill is?",
            "That is about what I expected, so that is fine with me. Then I would also like to ask, how much data have I used this month?",
            "That is all, thanks a lot for your help, and have a very nice day. Goodbye.",
        ],
        [
            "Hi there. My children have all got telephones now, and the plan that we have is not large enough for us any more. I would like to change my plan.",
            "I think that the one for the whole family would be the best for us. Family Share, please.",
            "Well, I have thought about it again, and I should talk to my husband first. No, leave it as it is.",
            "No, that was everything for now, I will call you again when I know more. Goodbye.",
        ],
        [
            "Hello, it is me again. I am not sure whether I can still watch the football game on my phone tonight. I want to check my data balance.",
            "I see. Before I go on and use all of it, I would like to hear about the other offers that you have. What plans do you have?",
            "No, thank you, I will think about it and call again some other time. Goodbye.",
        ],
        [
            "Good evening, I have a letter from you in front of me, and I do not understand all of the numbers in it. I have a question about my invoice.",
            "All right, then I know what I have to pay, thank you for that. And how much data do I have left until the end of the month?",
            "No thanks, you have been very kind, and I have everything that I need now. Goodbye.",
        ],
    ]
}
