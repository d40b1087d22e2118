"""Given names that people use for one another, in English, Spanish and German, folded."""

from collections import defaultdict

_GROUPS = """
abigail abby gail
albert al bert bertie
alejandro alex ale
alexander alex alec sandy sasha xander
alexandra alex alexa sandra sandy sasha
alfred al alf fred freddie alfredo
amanda mandy
andrea andi
andrew andy drew andreas andres
angela angie
ann anna anne annie anita nan nancy ana
anthony tony antonio toni anton
antonia toni
arthur art artie arturo
barbara barb barbie babs
beatriz bea bety
benjamin ben benny benji
bernard bernie
carlos charlie carlitos
carolyn carol carrie caroline carolina caro
catherine cathy cat kate katie kathy kit kitty katherine kathryn katharina kathleen catalina catrin
charles charlie chuck chas chip
charlotte lottie charlie
christian chris
christina chris chrissy tina christine cristina kristina kristin
christopher chris topher kit cristobal
cynthia cindy
daniel dan danny dani
david dave davey davy
deborah deb debbie debra
dennis denny
dolores lola
donald don donnie
dorothy dot dottie dora
douglas doug
edward ed eddie ned ted teddy eduardo edu
eleanor ellie nell nora ella
elizabeth liz lizzie beth betty eliza lisa libby elisabeth elsa isabel bess betsy elise
emily em emmy
eric rick erik
ernest ernie ernesto
eugene gene
evelyn evie
florence flo flora
frances fran frankie francis franny
francis frank fran
francisco paco pancho fran frank
franklin frank
frederick fred freddie freddy friedrich fritz federico
gabriel gabe
gabriela gaby gabi
gerald gerry jerry
gerard gerry
gregory greg gregor gregorio
guadalupe lupe
guillermo memo
harold hal harry
helen nell ellen elena helena
henry hank harry hal heinrich enrique kike
ignacio nacho
isabella bella izzy isabel isabela
jacob jake jack jakob
jacqueline jackie
james jim jimmy jamie jem jaime
janet jan
jeffrey jeff geoff geoffrey
jennifer jen jenny jenn
jessica jess jessie
jesus chuy chucho
joan joanie joanna jo
joanne jo joanna
john jack johnny jon juan johannes hans
jonathan jon johnny nathan
jose pepe chepe
josefina pepa fina
joseph joe joey jo josef
josephine jo josie
joshua josh
judith judy jutta
julia julie
julian jules
karen kari
kenneth ken kenny
kimberly kim
laurence larry lawrence laurie lorenzo
leonard len lenny leo leonardo
lillian lily lil
louis lou louie lewis luis ludwig lucho
louise lou luisa
lucia lucy
magdalena lena magda
manuel manny manolo emanuel
margaret maggie meg peggy marge margie greta rita margarita margarete daisy madge
maria mary mia marie mariechen
mariana mari
martha marty patsy
martin marty
matthew matt matty mateo matthias
maximilian max maximo
mary molly polly mamie maria marie
melissa mel missy
michael mike mick mickey mikey micah miguel michel mischa
michelle shelly
mildred millie
monica moni
nathaniel nate nathan nat
nicholas nick nicky nico nikolaus klaus nicolas
nicole nicky nikki
oliver ollie
pamela pam
patricia pat patty trish tricia patsy pati
patrick pat paddy patricio
paul paulie pablo
peter pete pedro
philip phil pip felipe phillip
raymond ray ramon
rebecca becky becca
reginald reg reggie
ricardo rick richi
richard dick rick rich richie ricky
robert bob bobby rob robbie bert roberto
roberta bobbie
roger rodge rogelio
ronald ron ronnie
rosario charo
roberto beto
rodrigo rodri
rosemary rose rosie
russell russ
samantha sam sammy
samuel sam sammy
sarah sally sara sadie
sebastian seb basti
sofia sophie sophia
stanley stan
stephanie steph stefanie
steven steve stephen stevie stefan esteban
susan sue susie suzy susanna susanne suzanne susana
teresa terry tess theresa tere
terence terry
theodore ted teddy theo
thomas tom tommy tomas
timothy tim timmy
ursula uschi
valentina vale
victor vic
victoria vicky tori vic
vincent vince vinny vicente
virginia ginny ginger
walter walt wally
wilhelm willi
william bill billy will willie liam wilhelm
zachary zach zack
"""


def _groups_by_name() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(_GROUPS.split("\n")):
        for name in line.split():
            found[name].add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


_BY_NAME = _groups_by_name()


def is_nickname(one: str, other: str) -> bool:
    """Whether two given names (folded, of one word) are used for one and the same person."""
    return not _BY_NAME.get(one, frozenset()).isdisjoint(_BY_NAME.get(other, frozenset()))
