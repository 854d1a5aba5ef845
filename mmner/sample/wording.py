"""The sentences of posts, and the words on the signs, shirts and posters in their images.

Neither names a type. A sentence's `{N}` is the entity; `{T}` a topic's phrase. `|` in a sign's wording starts a line.
"""

from __future__ import annotations

# The type can't be told from these; the first of each list occur in all splits, the rest in dev and test alone.
NEUTRAL = (
    "Finally saw {N} today , so good !",
    "Everyone is talking about {N} right now",
    "Look what I found : {N} again",
    "{N} never gets old",
    "Can't stop thinking about {N} 😍",
    "So this is {N} . Not what I expected",
    "First time with {N} , not the last",
    "Guess who is back : {N} !",
    "My mum still loves {N} more than me lol",
    "{N} made my whole week",
    "Still not over {N} , sorry",
    "Ten years later and {N} is still the best",
    "omg {N} !!",
    "Nothing beats {N} on a rainy Sunday",
    "Spotted on my way home : {N}",
    "Took this one because of {N} 📷",
    "I had no idea about {N} until today",
    "Say what you want about {N} , I am a fan",
    "{N} , what a surprise",
    "Throwback to {N} , summer 2014 #tbt",
    "Why does nobody tell me about {N} ?",
    "All I wanted was a quiet day , then came {N}",
    "RT if you love {N} ❤",
    "Me and my sister arguing about {N} all morning",
    "Best part of the trip ? {N} of course",
    "Big thanks to {N} from all of us",
    "They really did put up {N} in big letters",
    "Three cheers for {N} 🎉",
    "Another day , another picture of {N}",
    "We love you {N}",
    "Never heard of {N} before , now I see it everywhere",
    "Hello {N} , nice to see you again",
    # dev and test alone
    "Not going to lie , {N} looks great",
    "Well well , {N} once more",
    "Dad keeps showing everyone {N} 😂",
    "One more picture of {N} and I will go to bed",
    "Do you remember {N} ? I do",
    "Today was all about {N}",
    "Kids were very excited about {N}",
    "Monday mood : {N}",
    "Somebody asked for {N} , here you are",
    "What do you all think of {N} ?",
)
NEUTRAL_IN_TRAIN = 32

TOPICAL = (
    "{T} again today , so of course {N} came up",
    "Nobody does {T} like {N}",
    "When it comes to {T} I only trust {N}",
    "{T} ? That has to be {N} !",
    "Reading about {T} and {N} all evening",
    "If you like {T} you should look up {N}",
    "Dreaming of {T} because of {N} 😍",
    "{N} and {T} , name a better pair",
    "Whoever says {T} says {N}",
    "My grandad taught me about {T} and about {N}",
    "{T} would be nothing without {N}",
    "Long talk about {T} last night , mostly about {N}",
    "Is {N} still the best for {T} ?",
    "{N} got me into {T} , no regrets",
    "So happy about {T} today , thank you {N}",
    "Podcast on {T} with a whole hour on {N}",
    "Half of what I know about {T} I know thanks to {N}",
    "They asked me about {T} and I said {N}",
    "{T} quiz tonight , first answer was {N}",
    # dev and test alone
    "Can we talk about {T} ? And about {N} ?",
    "Everything I love about {T} : {N}",
    "For {T} you need {N} , trust me",
    "New article on {T} , with a bit about {N}",
    "Who else is into {T} and {N} ?",
    "Late to {T} , but {N} is wonderful",
)
TOPICAL_IN_TRAIN = 19

TWO = (
    "{N} first , then {T} and {M}",
    "Saw {N} today and read about {T} and {M} at night",
    "{N} was great but for {T} I prefer {M}",
    "From {N} to {T} and {M} in one day",
    "{M} for {T} , {N} for everything else",
)

TELLING = {  # the sentence itself decides
    "PER": (
        "My neighbour {N} turned 60 and still runs faster than me",
        "{N} told me she is moving in with her boyfriend",
        "Sat next to {N} in class , he never stops laughing",
        "Happy birthday to my best friend {N} , love her so much",
        "{N} broke his leg and is in hospital , poor guy",
        "Her husband {N} cooked dinner for all of us",
        "My cousin {N} got married today , he looked so nervous",
    ),
    "LOC": (
        "We got lost somewhere between {N} and the coast",
        "Driving down to {N} for the weekend , two hours north",
        "It is snowing in {N} and all roads are closed",
        "Just moved to {N} , the view over the valley is lovely",
        "Walked from the bridge to {N} along the river",
        "Heavy rain all over {N} , trains are late",
        "Camping near {N} , nothing but trees and sheep",
    ),
    "ORG": (
        "{N} hired my brother last week , the boss seems ok",
        "Got an invoice from {N} , their customer service is awful",
        "Staff at {N} are on strike over wages",
        "{N} signed a new goalkeeper and sold two players",
        "Shares in {N} fell after the board quit",
        "My new job at {N} starts on Monday , hope the team is nice",
        "The members of {N} elected a new board",
    ),
}
TELLING_IN_TRAIN = 5

PLAIN = (  # nothing to find
    "So tired today , need coffee",
    "rain again ☔ ☔",
    "Who left the window open ?",
    "good morning everyone !",
    "Pancakes for dinner , no regrets",
    "I should have gone to bed hours ago lol",
    "Anyone else awake ?",
    "New shoes , wet feet . Great",
    "Первый снег сегодня ❄",
    "今日は いい 天気 です",
    "Nothing to do and all day to do it",
    "My phone is at 2 % , bye",
    "that was a long meeting",
    "Sunday soup 🍲",
)
FOREIGN = (  # around a name
    "Сегодня видел {N} , очень рад",
    "Σήμερα είδα {N} !",
    "今日 {N} 最高 でした",
    "Wunderschöner Tag mit {N} 😊",
    "Enfin {N} , c'était génial",
)

# (scene, wording); the first SIGNS_IN_TRAIN of each type occur in all splits, the rest in dev and test alone.
SIGNS = {
    "PER": (
        ("jersey", "{N}|10|captain"),
        ("badge", "HELLO|my name is|{N}"),
        ("election", "VOTE|{N}|for mayor"),
        ("book", "{N}|MY LIFE|a memoir"),
        ("banner", "HAPPY 40th|BIRTHDAY|{N}"),
        ("poster", "An evening with|{N}|singer and pianist"),
        ("certificate", "PLAYER|OF THE MONTH|{N}"),
        ("badge", "Dr. {N}|head nurse"),
        # dev and test alone
        ("book", "{N}|Winter Letters|signed by the author"),
        ("election", "{N}|YOUR NEXT|MAYOR"),
        ("banner", "WELCOME HOME|{N}|we missed you"),
    ),
    "LOC": (
        ("road", "{N}|3 miles"),
        ("road", "Welcome to|{N}|drive carefully"),
        ("station", "{N}|platform 2"),
        ("map", "{N}|river walk|you are here"),
        ("postcard", "Greetings from|{N}|by the sea"),
        ("weather", "{N}|12°C|rain later"),
        ("map", "{N}|ferry|car park"),
        ("road", "{N}|beach|no dogs"),
        # dev and test alone
        ("road", "{N} 14 km|campsite"),
        ("station", "next stop|{N}"),
        ("map", "{N}|old bridge|footpath"),
    ),
    "ORG": (
        ("shop", "{N} & SONS|BAKERY|open 9 - 5"),
        ("shop", "{N}|HARDWARE|est. 1921"),
        ("van", "{N} Ltd.|plumbing & heating"),
        ("crest", "{N} F.C.|since 1902"),
        ("poster", "{N}|4 piece band|live on tour"),
        ("menu", "{N} CAFE|coffee & cake|flat white 3.20"),
        ("poster", "{N} is hiring|shop staff wanted"),
        ("shop", "{N}|BOOKS|closing down sale"),
        # dev and test alone
        ("van", "{N} Ltd.|fresh fish delivered"),
        ("crest", "{N} UNITED|season tickets"),
        ("menu", "{N}|pizza & pasta|open till 11"),
    ),
}
SIGNS_IN_TRAIN = 8

IDLE = (  # signs that have nothing to do with the sentence
    ("poster", "SALE|20 % off"),
    ("menu", "soup of the day|tomato 4.50"),
    ("road", "road works|slow"),
    ("banner", "MERRY|CHRISTMAS"),
    ("poster", "lost cat|reward"),
    ("certificate", "wet floor"),
)
