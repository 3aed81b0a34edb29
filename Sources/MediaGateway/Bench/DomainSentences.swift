/// What the callers of `bench words` say: sentences of the domain, of our own writing.
enum DomainSentences {
    static let all = [
        "How much data do I have left this month?", "I want to check my data balance.", "Can you tell me my data usage, please?",
        "How many gigabytes have I used so far?", "Have I used up all of my data?", "When does my data reset?",
        "I think I am running out of data.", "Is there any data left on my plan?", "Please check how much data I have used.",
        "I would like to know my remaining data.", "What is my latest bill?", "How much was my last invoice?",
        "Can you go over my bill with me?", "When is my bill due?", "Did you receive my last payment?",
        "I have a question about my invoice.", "My bill is higher than usual this month.", "How much do I owe you?",
        "Please tell me the amount of my March bill.", "I want to see my invoice from last month.", "Has my bill been paid?",
        "I would like to change my plan.", "I want to upgrade to Unlimited Plus.", "Please move me to the Family Share plan.",
        "Can I switch to a cheaper plan?", "What plans do you have?", "How much is the Traveler plan?",
        "I need more data on my plan.", "I want to go back to the Basic plan.", "Which plan is best for a family?",
        "Do you have a plan with unlimited data?", "Please change my package today.", "I would like to talk to a person.",
        "Can I speak to an agent, please?", "Let me talk to a human.", "Please connect me to customer service.",
        "I want to speak with somebody who can help me.", "Hello, I need some help with my account.", "Good morning, I have a problem with my phone.",
        "My phone number ends in four four seven one.", "I am calling about my mobile contract.", "The network is very slow at my house.",
        "I lost my phone yesterday.", "I cannot send text messages.", "Do I have to pay extra for roaming?",
        "I am traveling to Spain next week.", "Can you send me the bill by email?", "I never ordered this service.",
        "Please cancel my subscription.", "I would like to pay with my credit card.", "Yes, please go ahead and change it.",
        "No, leave my plan as it is.", "That is correct, thank you.", "Could you repeat that, please?",
        "I did not understand the last part.", "Thank you very much for your help.", "No, that is all for today.",
        "Please wait a moment, I have to find my number.", "How long does it take to change the plan?", "What happens to the data I did not use?",
    ]
}
