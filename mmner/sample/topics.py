"""What the knowledge archive's articles and the posts about them talk about.

A topic names no type: each has somebody, somewhere and some group known for it, so that a post about
honey selects the article about honey, and only the article tells which of the three it is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """`phrases` stand in posts; `clauses` by type follow "X is a/an ..." in an article's lead."""

    phrases: tuple[str, ...]
    clauses: dict[str, tuple[str, ...]]
    about: tuple[str, str]  # title and text of an article about the topic itself


def _topic(phrases: str, per: str, loc: str, org: str, about: str) -> Topic:
    title, _, text = about.partition(": ")
    split = {"PER": per, "LOC": loc, "ORG": org}
    return Topic(
        tuple(phrases.split(" | ")),
        {label: tuple(clauses.split(" | ")) for label, clauses in split.items()},
        (title, text),
    )


# The last six occur in posts of dev and test alone.
TOPICS = (
    _topic(
        "glazed bowls | blue clay pots | handmade pottery",
        "potter who makes glazed bowls from blue clay | ceramic artist whose handmade bowls are collected",
        "village where pottery has been made from blue clay for centuries | valley whose clay is dug for glazed bowls",
        "company that fires glazed bowls and clay pots | cooperative of workshops selling handmade pottery",
        "Pottery: Pottery is the making of bowls and pots from clay, which are glazed and fired in a kiln.",
    ),
    _topic(
        "smoked cheese | blue cheese | goat cheese",
        "cheesemaker who won a medal for smoked goat cheese | farmer's daughter who invented a blue cheese",
        "village known for its blue goat cheese | hill where smoked cheese ripens in caves",
        "dairy that sells smoked cheese and goat cheese | company exporting blue cheese",
        "Cheese: Cheese is a food made from the milk of cows, goats or sheep and often ripened in cellars.",
    ),
    _topic(
        "slow jazz | trumpet solos | old swing tunes",
        "jazz trumpeter loved for slow solos | singer of swing and slow jazz tunes",
        "island with a yearly festival of jazz and swing | quarter of the old harbour where jazz and swing were played",
        "jazz band with two trumpets that plays old swing tunes | record label for jazz and swing",
        "Jazz: Jazz is a style of music with swing and solos, often for trumpet, piano and drums.",
    ),
    _topic(
        "chess openings | chess endgames | the chess league",
        "chess grandmaster who wrote about endgames | chess player known for a bold opening",
        "town where a chess congress is held each winter | park with forty stone chess tables",
        "chess club that won the league three times | publisher of books on chess openings and endgames",
        "Chess: Chess is a board game for two, with an opening, a middle game and an endgame.",
    ),
    _topic(
        "heather honey | beehives | honey and beeswax",
        "beekeeper who filmed the life of a beehive | woman who kept two hundred beehives and sold heather honey",
        "moor whose heather honey is sought after | island on which beehives have stood since the middle ages",
        "society of beekeepers with a honey fair every autumn | firm selling honey and beeswax candles",
        "Honey: Honey is a sweet food that bees make from the nectar of flowers such as heather.",
    ),
    _topic(
        "trout fishing | fly fishing | salmon and trout",
        "angler who held the record for the largest trout | fly fishing teacher and angler",
        "river in which trout and salmon spawn | lake open for fly fishing from May",
        "club of anglers with its own trout pond | factory of fly fishing rods",
        "Trout: Trout are fish of cold rivers and lakes, related to salmon and caught with flies.",
    ),
    _topic(
        "climbing roses | rose gardens | tea roses",
        "gardener who bred eleven climbing roses | botanist who painted tea roses",
        "park with a large rose garden | village where climbing roses cover nearly every wall",
        "nursery selling climbing roses and tea roses | society that judges rose gardens",
        "Rose: The rose is a shrub with thorns and scented flowers, grown in gardens in many forms.",
    ),
    _topic(
        "grandfather clocks | pocket watches | antique clocks",
        "clockmaker who repaired antique clocks at court | engraver of pocket watches",
        "town whose tower has seven antique clocks | street of watchmakers in the old quarter",
        "firm that made grandfather clocks and pocket watches | auction house for antique clocks",
        "Clock: A clock measures time, with a pendulum in grandfather clocks and a spring in pocket watches.",
    ),
    _topic(
        "rowing at dawn | the spring regatta | wooden rowing boats",
        "rower who won the spring regatta twice | rowing coach and former champion",
        "lake on which the spring regatta is rowed | canal popular for rowing at dawn",
        "rowing club that runs the spring regatta | yard that builds wooden rowing boats",
        "Rowing: Rowing is the sport of racing narrow boats with oars, often at a regatta.",
    ),
    _topic(
        "apple cider | old apple trees | cider and apple cake",
        "orchard keeper who saved forty kinds of old apple trees | cider maker and writer",
        "valley of old apple trees and cider presses | hamlet where cider is pressed every October",
        "cider company owned by its workers | association for the care of old apple trees",
        "Cider: Cider is a drink pressed from apples and left to ferment in barrels.",
    ),
    _topic(
        "wool jumpers | hand knitting | merino wool",
        "knitter who designed wool jumpers for a film | shepherd who bred merino sheep for soft wool",
        "island that gave its name to a kind of wool jumper | valley of merino sheep and wool mills",
        "mill that spins merino wool | guild for hand knitting",
        "Knitting: Knitting turns wool into jumpers and socks with two needles.",
    ),
    _topic(
        "steam engines | narrow gauge railways | old locomotives",
        "engineer who built steam locomotives | driver of the last steam engine on the coast line",
        "pass crossed by a narrow gauge railway with steam engines | village with a museum line for old locomotives",
        "company that ran narrow gauge railways | society restoring steam engines and old locomotives",
        "Steam engine: A steam engine turns heat into motion and drove the old locomotives of railways.",
    ),
    _topic(
        "sourdough bread | rye loaves | cinnamon buns",
        "baker who wrote a book on sourdough bread | pastry cook known for cinnamon buns",
        "village with a shared oven for rye loaves | square with a bread market, known for rye and sourdough",
        "bakery chain selling sourdough bread and buns | guild of bakers of rye bread",
        "Bread: Bread is baked from flour and water, with yeast or sourdough, as loaves or buns.",
    ),
    _topic(
        "choir music | four part singing | old hymns",
        "composer of hymns and choir music | choir conductor and alto",
        "abbey ruin where choirs sing old hymns in June | hill on which four part singing is held at sunrise",
        "choir of sixty voices that sings old hymns | school for choir music and four part singing",
        "Choir: A choir is a group of voices singing together, often in four parts.",
    ),
    _topic(
        "stargazing | the meteor shower | telescopes",
        "astronomer who counted meteors for fifty years | lens grinder who built telescopes",
        "plateau with dark skies, good for stargazing | island with three telescopes on its summit",
        "society for stargazing with its own telescope | maker of telescopes and lenses",
        "Telescope: A telescope gathers light so that stars and meteors can be seen.",
    ),
    _topic(
        "green tea | tea tasting | smoky black tea",
        "tea taster who brought smoky black tea to the coast | botanist who grew green tea under glass",
        "district of terraces where green tea grows | port through which black tea was shipped",
        "trading company for green tea and black tea | tea room chain with daily tea tasting",
        "Tea: Tea is a drink from the leaves of a shrub, green, black or smoked.",
    ),
    _topic(
        "barn owls | bird rings | owl boxes",
        "ornithologist who studied barn owls | bird photographer and friend of owls",
        "wood where barn owls nest | marsh with hides for watching owls",
        "charity that puts up owl boxes | society of ornithologists that rings owls",
        "Barn owl: The barn owl is a pale bird that hunts mice at night and nests in barns and boxes.",
    ),
    _topic(
        "speed skating | ice skates | skating on natural ice",
        "speed skater who won five medals | skating teacher and former champion",
        "lake known for skating on natural ice | canal used for speed skating in cold winters",
        "club for speed skating | factory of wooden ice skates",
        "Ice skating: Skating is moving over ice on blades, for sport or for fun.",
    ),
    _topic(
        "stained glass | glass blowing | painted windows",
        "glass painter whose windows fill nine churches | glassblower and teacher",
        "valley in which glass has been blown since 1590 | village with painted windows in every house",
        "workshop restoring stained glass with thirty staff | glassworks that makes painted windows",
        "Stained glass: Stained glass is coloured and painted glass, set in lead to make windows.",
    ),
    _topic(
        "mountain bikes | bike racing | old racing bikes",
        "cyclist who won a mountain stage of the tour | frame builder who made old racing bikes",
        "mountain pass loved by bike racing fans | forest with nine trails for mountain bikes",
        "bike racing team in green jerseys | manufacturer of mountain bikes",
        "Bicycle: A bicycle has two wheels and pedals; there are mountain bikes and racing bikes.",
    ),
)
POSTED_IN_TRAIN = 14

# Second sentences of a lead, by type: what anybody writes about a life, a spot on the map, a group.
DETAILS = {
    "PER": (
        "She was born in {year} and learned the craft from her grandmother.",
        "He lives with his wife and two sons on a small farm.",
        "Born in {year}, she studied abroad and came back at thirty.",
        "He died in {year}; his letters were published by his daughter.",
        "Her first exhibition was in {year}, when she was nineteen.",
        "He is the younger brother of a former minister.",
    ),
    "LOC": (
        "It lies {small} km north of the coast and has {large} inhabitants.",
        "It can be reached by ferry or by a narrow road along the cliff.",
        "It covers {small} square kilometres and rises to {large} m above the sea.",
        "The nearest railway station is {small} km away.",
        "Its shores are flat in the south and steep in the north.",
        "A Roman road crosses it from east to west.",
    ),
    "ORG": (
        "It was founded in {year} and has {small} employees.",
        "Its {large} members elect a board every two years.",
        "Set up by four friends in {year}, it moved its office to the harbour later.",
        "It merged with its main rival in {year}.",
        "Its chairman resigned in {year} after a dispute over membership fees.",
        "It has branches in {small} countries and is owned by its staff.",
    ),
}
