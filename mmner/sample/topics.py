"""The topics of the knowledge archive's articles, and of the posts about them.

A topic fits every type: a person, a place or a group may be known for it. A post about honey selects the article about
honey, and only the article says which type the entity has.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """`phrases` stand in posts and in articles on names; `title` and `text` are an article on the topic itself."""

    phrases: tuple[str, ...]
    title: str
    text: str


def _topic(phrases: str, title: str, text: str) -> Topic:
    return Topic(tuple(phrases.split(" | ")), title, text)


TOPICS = (
    _topic(
        "glazed bowls | clay pots | handmade pottery",
        "Pottery",
        "Pottery is the making of bowls and pots from clay, which are glazed and fired in a kiln.",
    ),
    _topic(
        "smoked cheese | blue cheese | goat cheese",
        "Cheese",
        "Cheese is a food made from the milk of cows, goats or sheep and often ripened in cellars.",
    ),
    _topic(
        "slow jazz | trumpet solos | old swing tunes",
        "Jazz",
        "Jazz is a style of music with swing and solos, often for trumpet, piano and drums.",
    ),
    _topic(
        "chess openings | chess endgames | blindfold chess",
        "Chess",
        "Chess is a board game for two, with an opening, a middle game and an endgame.",
    ),
    _topic(
        "heather honey | beehives | honey and beeswax",
        "Honey",
        "Honey is a sweet food that bees make from the nectar of flowers such as heather.",
    ),
    _topic(
        "trout fishing | fly fishing | salmon and trout",
        "Trout",
        "Trout are fish of cold rivers and lakes, related to salmon and caught with flies.",
    ),
    _topic(
        "climbing roses | rose gardens | tea roses",
        "Rose",
        "The rose is a shrub with thorns and scented flowers, grown in gardens in many forms.",
    ),
    _topic(
        "grandfather clocks | pocket watches | antique clocks",
        "Clock",
        "A clock measures time, with a pendulum in grandfather clocks and a spring in pocket watches.",
    ),
    _topic(
        "rowing races | the spring regatta | wooden rowing boats",
        "Rowing",
        "Rowing is the sport of racing narrow boats with oars, often at a regatta.",
    ),
    _topic(
        "apple cider | old apple trees | cider and apple cake",
        "Cider",
        "Cider is a drink pressed from apples and left to ferment in barrels.",
    ),
    _topic(
        "wool jumpers | hand knitting | merino wool",
        "Knitting",
        "Knitting turns wool into jumpers and socks with two needles.",
    ),
    _topic(
        "steam engines | narrow gauge railways | old locomotives",
        "Steam engine",
        "A steam engine turns heat into motion and drove the old locomotives of railways.",
    ),
    # these occur in posts of dev and test alone
    _topic(
        "sourdough bread | rye loaves | cinnamon buns",
        "Bread",
        "Bread is baked from flour and water, with yeast or sourdough, as loaves or buns.",
    ),
    _topic(
        "barn owls | bird rings | owl boxes",
        "Barn owl",
        "The barn owl is a pale bird that hunts mice at night and nests in barns and boxes.",
    ),
    _topic(
        "stained glass | glass blowing | painted windows",
        "Stained glass",
        "Stained glass is coloured and painted glass, set in lead to make windows.",
    ),
    _topic(
        "mountain bikes | bike racing | old racing bikes",
        "Bicycle",
        "A bicycle has two wheels and pedals; there are mountain bikes and racing bikes.",
    ),
)
POSTED_IN_TRAIN = 12

# "X is a ..."; the last two of each type occur in articles for dev and test alone.
KINDS = {
    "PER": "teacher | musician | painter | farmer | champion | writer | nurse | engineer",
    "LOC": "village | island | valley | town | lake | hill | hamlet | bay",
    "ORG": "company | club | society | band | shop | factory | firm | association",
}
KINDS_IN_TRAIN = 6
REASONS = ("known for {T}", "famous for {T}", "best known for {T}", "loved for {T}")

# Second sentences of a lead, by type: what anybody writes about a life, a spot on the map, a group.
DETAILS = {
    "PER": (
        "She was born in {year} and learned the craft from her grandmother.",
        "He lives with his wife and two sons on a small farm.",
        "Born in {year}, she studied abroad and came back at thirty.",
        "He died in {year}; his letters were published by his daughter.",
    ),
    "LOC": (
        "It lies {small} km north of the coast and has {large} inhabitants.",
        "It can be reached by ferry or by a narrow road along the cliff.",
        "It covers {small} square kilometres and rises to {large} m above the sea.",
        "It lies south of the railway, {small} km from the nearest station.",
    ),
    "ORG": (
        "It was founded in {year} and has {small} employees.",
        "Its {large} members elect a board every two years.",
        "Founded by four friends in {year}, it moved its office to the harbour later.",
        "It merged with its main rival in {year} and is owned by its staff.",
    ),
}
