/// Closed word lists of the normaliser.
enum SpeechTables {
    struct Currency {
        let unit: String, units: String, part: String?, parts: String
    }
    static let dollar = Currency(unit: "dollar", units: "dollars", part: "cent", parts: "cents")
    static let euro = Currency(unit: "euro", units: "euros", part: "cent", parts: "cents")
    static let pound = Currency(unit: "pound", units: "pounds", part: "penny", parts: "pence")
    static let rupee = Currency(unit: "rupee", units: "rupees", part: "paisa", parts: "paise")
    static let yen = Currency(unit: "yen", units: "yen", part: nil, parts: "")
    static let symbols: [Unicode.Scalar: Currency] = ["$": dollar, "€": euro, "£": pound, "₹": rupee, "¥": yen]
    static let currencyCodes = ["USD": dollar, "US$": dollar, "EUR": euro, "GBP": pound, "INR": rupee, "Rs": rupee, "RS": rupee, "rs": rupee, "JPY": yen]

    /// After an amount: "$3.2 million", "$5k", "2 lakh".
    static let magnitudes = [
        "k": "thousand", "K": "thousand", "thousand": "thousand", "m": "million", "M": "million", "mn": "million",
        "million": "million", "bn": "billion", "B": "billion", "billion": "billion", "trillion": "trillion",
        "lakh": "lakh", "lakhs": "lakh", "crore": "crore", "crores": "crore",
    ]

    /// Written unit after a number -> (one, many). Case matters where it does in writing (`Mb` and `MB`).
    static let units: [String: (one: String, many: String)] = [
        "B": ("byte", "bytes"), "KB": ("kilobyte", "kilobytes"), "kB": ("kilobyte", "kilobytes"), "kb": ("kilobyte", "kilobytes"),
        "MB": ("megabyte", "megabytes"), "mb": ("megabyte", "megabytes"), "Mb": ("megabit", "megabits"),
        "GB": ("gigabyte", "gigabytes"), "gb": ("gigabyte", "gigabytes"), "Gb": ("gigabit", "gigabits"),
        "TB": ("terabyte", "terabytes"), "tb": ("terabyte", "terabytes"),
        "Kbps": ("kilobit per second", "kilobits per second"), "kbps": ("kilobit per second", "kilobits per second"),
        "Mbps": ("megabit per second", "megabits per second"), "mbps": ("megabit per second", "megabits per second"),
        "MBps": ("megabyte per second", "megabytes per second"), "Gbps": ("gigabit per second", "gigabits per second"),
        "gbps": ("gigabit per second", "gigabits per second"), "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"),
        "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"), "ms": ("millisecond", "milliseconds"),
        "sec": ("second", "seconds"), "secs": ("second", "seconds"), "s": ("second", "seconds"), "min": ("minute", "minutes"),
        "mins": ("minute", "minutes"), "hr": ("hour", "hours"), "hrs": ("hour", "hours"), "h": ("hour", "hours"),
        "km": ("kilometer", "kilometers"), "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"),
        "kg": ("kilogram", "kilograms"), "lb": ("pound", "pounds"), "lbs": ("pound", "pounds"), "ft": ("foot", "feet"),
        "mi": ("mile", "miles"), "mph": ("mile per hour", "miles per hour"), "kWh": ("kilowatt hour", "kilowatt hours"),
        "W": ("watt", "watts"), "V": ("volt", "volts"), "mAh": ("milliamp hour", "milliamp hours"), "x": ("time", "times"),
        "°C": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "°": ("degree", "degrees"),
    ]

    static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    /// "March", "Mar", "Sept" -> 3, 3, 9. Only as written with a capital: "may 5" is no date.
    static let monthNumbers: [String: Int] = {
        var numbers: [String: Int] = ["Sept": 9]
        for (index, month) in months.enumerated() {
            numbers[month] = index + 1
            numbers[String(month.prefix(3))] = index + 1
        }
        return numbers
    }()

    /// Written with a full stop -> words. Keys in lower case, without the last stop.
    static let abbreviations = [
        "mr": "Mister", "mrs": "Missus", "ms": "Miz", "dr": "Doctor", "prof": "Professor", "sr": "Senior", "jr": "Junior",
        "ave": "Avenue", "blvd": "Boulevard", "rd": "Road", "ln": "Lane", "e.g": "for example", "i.e": "that is", "etc": "et cetera",
        "vs": "versus", "approx": "approximately", "max": "maximum", "min": "minimum", "dept": "department", "acct": "account",
        "apt": "apartment", "ext": "extension", "tel": "telephone", "est": "estimated", "incl": "including", "excl": "excluding",
        "inc": "incorporated", "corp": "corporation", "ltd": "limited", "co": "company", "govt": "government", "jan": "January",
        "feb": "February", "mar": "March", "apr": "April", "jun": "June", "jul": "July", "aug": "August", "sep": "September",
        "sept": "September", "oct": "October", "nov": "November", "dec": "December", "mon": "Monday", "tue": "Tuesday",
        "wed": "Wednesday", "thu": "Thursday", "thurs": "Thursday", "fri": "Friday", "sat": "Saturday", "sun": "Sunday",
        "qty": "quantity", "p.s": "P S", "u.s": "U S", "u.k": "U K", "a.k.a": "A K A", "a.s.a.p": "A S A P",
    ]
    /// These are words too, so they expand only with the stop: "the sun.", "a min.", "co." at a sentence's end stay as they are.
    static let onlyBeforeMore: Set<String> = [
        "sat", "sun", "mon", "wed", "mar", "co", "inc", "est", "max", "min", "dec", "jan", "oct", "ms", "rd", "ext", "apt", "corp", "tel", "sr", "jr",
    ]
    /// Short forms without a stop.
    static let plainAbbreviations = [
        "w/o": "without", "w/": "with", "vs": "versus", "acct": "account", "approx": "approximately", "msg": "message",
        "msgs": "messages", "appt": "appointment", "Mr": "Mister", "Mrs": "Missus", "Dr": "Doctor", "OK": "okay", "ok": "okay",
        "a/c": "account", "A/C": "account", "c/o": "care of", "n/a": "not available", "N/A": "not available",
        "TV": "T V", "ASAP": "as soon as possible", "aka": "also known as",
    ]
    /// Read letter by letter although they hold a vowel.
    static let spelled: Set<String> = [
        "ID", "IP", "IMEI", "USB", "UPI", "USA", "UK", "US", "UAE", "EU", "FAQ", "URL", "ISP", "OTP", "APN", "IVR", "AI", "API", "IT",
        "ADSL", "VOIP", "ISO", "EMI", "ATM", "ETA", "ABC", "IOS", "UI", "OS", "CEO", "AC", "EST", "HD", "UHD", "ET",
    ]
    /// Vowel-less, and yet words.
    static let readAsWords: Set<String> = ["MR", "MRS", "HMM", "SHH", "MY", "BY", "WHY", "TRY", "DRY", "SKY", "FLY", "CRY", "SHY", "GYM"]

    /// Before a number, these make a four-digit one a year.
    static let yearCues: Set<String> = [
        "in", "since", "by", "until", "till", "of", "year", "from", "to", "through", "before", "after", "during", "for", "late", "early", "mid",
    ]
    /// After a number, these say that it counts something.
    static let counted: Set<String> = [
        "minutes", "minute", "messages", "texts", "dollars", "cents", "points", "megabytes", "gigabytes", "customers", "people", "calls",
        "days", "hours", "seconds", "units", "rupees", "euros", "pounds", "miles", "items", "users", "credits", "sms", "mb", "gb", "kb", "tb", "percent",
    ]
    /// After these, with only ``identifierFillers`` between, three digits and more are read one by one.
    static let identifierCues: Set<String> = [
        "number", "pin", "puk", "code", "otp", "id", "zip", "reference", "ref", "ending", "ends", "imei", "iccid", "serial", "passcode",
        "account", "card", "ticket", "case", "extension", "confirmation", "tracking",
    ]
    /// Of the cues, those after which "is" may stand: "your PIN is 4471", but not "your account is 500 dollars short".
    static let identifierCuesBeforeIs: Set<String> = ["number", "pin", "puk", "code", "otp", "id", "zip", "reference", "imei", "serial", "passcode"]
    static let identifierFillers: Set<String> = ["number", "no", "in", "with", "code", "id", "is"]
}
