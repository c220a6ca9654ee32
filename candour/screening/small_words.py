"""The small words people can't write without, by language: those that packs read, and their neighbours that nobody reads here.

The neighbours are listed so that a post of theirs is known for what it is and goes before a person, and is not read by the pack of a
language it looks like. Words stand as people write them; those without accents are common in posts.
"""

from __future__ import annotations

#: Languages a pack reads.
READ = {
    "en": "the and is of to in that it for was with my have this you are be at not on but they what so me do i im ive from been just had "
    "your can will would how when am after which an were has did any does about or if as all we he she his her who no don t",
    "de": "der die das und ist nicht ich zu mit den sie es ein eine auch auf für von mir mich war wie bei hat habe aber "
    "dem im nach seit "
    "noch wenn nur oder wir ihr kann soll bin sind einen einer wird mein meine meiner gegen ihm ihn "
    "sehr schon was man so dass vom zur zum am kein "
    "keine hab nix danke doch mal jetzt gestern heute immer wieder nimmt nehme",
    "fr": "le la les et est des une un je pas que pour dans ce qui du ne sur mon ma mes avec au il elle nous vous ai suis cette depuis "
    "mais très c'est j'ai ont plus après ça été fait par son sa on y",
    "es": "el la los las y es que de un una no en por con para mi me se lo su pero muy más al del como yo está tengo desde he sin este "
    "esta hace cuando después estoy fue le ha mis porque nada",
    "pt": "o a os as e é que de um uma não em por com para meu minha me se do da no na mas muito mais eu está tenho desde foi ao você são "
    "depois quando isso estou ele ela pelo sem dos das nos às também",
    "it": "il lo la gli le e è che di un una non in per con mi si ma molto più del della sono ho da come anche mio mia questo dopo nel "
    "alla ha sto perché al dei delle ci io stato",
    "nl": "de het een en is niet ik dat van te op met voor zijn mijn maar er heb aan ook als bij naar nog wel geen je ze was dit hij sinds "
    "na om wat heeft ben mij door of kan dan al zo wordt uit",
    "pl": "i w na z nie to jest się do że jak o ale mam po od dla już tak przez co mi moja mój czy ja był była tylko jestem bardzo ma mnie "
    "za przy ze",
    "cs": "a v na se je že to s z do si mám ale po jsem jak od pro by už mi co ve při moje můj tak bylo byla jen není jako k u která který "
    "mě",
    "tr": "ve bir bu da de için çok ne ile ben mi var ama gibi daha sonra kadar değil oldu bana benim her şey olarak ki en o mu beri "
    "yok hiç",
    "ru": "и в не на я что с по это у как мне но а к от из за же так был была после меня он она для то все очень мой моя уже бы",
    "uk": "і в не на я що з по це у як мені але а до від із за й та так був була після мене він вона для то все дуже мій моя вже є щоб",
}

#: Languages without a pack.
UNREAD = {
    "sv": "och att det är jag inte på som en ett har för med till av om så den men min mitt mig du han hon vi var sig från efter när "
    "nu bara kan ska blev fick hade också mycket vad någon något inga ingen sen sedan idag igår mår eller mina din tack måste "
    "alla de dem",
    "da": "og at det er jeg ikke på som en et har for med til af om så den men min mit mig du han hun vi var sig fra efter når nu "
    "bare kan skal blev fik havde også meget hvad nogen noget ingen siden i dag går eller mine din tak må alle de dem der lige "
    "jer hvor",
    "no": "og at det er jeg ikke på som en et har for med til av om så den men min mitt meg du han hun vi var seg fra etter når nå "
    "bare kan skal ble fikk hadde også mye hva noen noe ingen siden i dag går eller mine din takk må alle de dem eg ikkje dere "
    "hvor ein",
    "fi": "ja on ei se että en olen mutta niin kun oli ole mun minun minulla mulla nyt myös sitten joka jos vain mitä tämä hän sen "
    "minä mä sä kuin tai ovat ollut jälkeen vielä nyt kaikki paljon onko voi olla tuli sai siitä ihan äiti hyvin jo kiitos mua "
    "tätä",
    "is": "og að það er ég ekki á sem í til við en af um með fyrir hann hún var þetta þessi mér mig mín minn hef þú við þau eru ekki "
    "svo bara mjög eftir þegar nú eða líka hvað hefur frá takk eins vera gær dag",
    "et": "ja on ei see et ma mul mind minu aga kui siis nii oli ka ole olen sa ta me nad mis kes või juba veel väga nüüd peale "
    "pärast ainult kõik oma eile täna palju saab seda selle midagi keegi aitäh kas ära",
    "lv": "un ir es man nav ka tas ar uz no par bet kā kad pēc arī vai jau ļoti tikai mani mans mana tā šo šis to bija esmu nevar vēl "
    "tagad viņš viņa mēs jūs kas ko lai pie vakar šodien paldies visi",
    "lt": "ir yra aš man nėra kad tai su iš į už bet kaip kai po taip pat ar jau labai tik mano mane jis ji mes jūs kas ką dar dabar "
    "buvo esu negaliu šį ši tas nuo vakar šiandien ačiū visi savo nes bei",
    "ro": "și si în nu că este e la cu de pe am un o din mai dar ce să sa mă mi a fost pentru după cum când foarte sunt care ai are "
    "asta acest el ea noi eu lui meu mea mei nici doar azi ieri mulțumesc cine ceva iar fost au se ne chiar fără",
    "ca": "el la els les i és que de un una no en per amb a em es ho al del com jo però molt més he ha meu meva meus des quan després "
    "aquest aquesta estic tinc sóc soc això ens us hi va fer també res sense avui ahir gràcies algú qui són li ja vaig si dels",
    "gl": "o a os as e é que de un unha non en por con para me se lle do da no na pero moi máis eu está teño desde foi ao meu miña "
    "cando despois isto estou el ela polo sen dos das nos tamén hoxe onte grazas alguén hai onde ten coa co xa só ou dun",
    "sk": "a v na sa je že to s z do si mám ale po som ako od pre by už mi čo vo pri moje môj tak bolo bola len nie nemám ktorá ktorý "
    "ma mňa som sme ste sú aj keď keby dnes včera ďakujem niekto veľmi iba k u o ja ty ešte",
    "sl": "in v na se je da to z s do si imam pa po sem kot od za bi že mi kaj pri moje moj tako bilo bila samo ni ne ki me mene smo "
    "ste so tudi ko če danes včeraj hvala kdo zelo k o jaz ti še ali ker nič lahko sva",
    "hr": "i u na se je da to s iz do si imam ali po sam kao od za bi već mi što kod moje moj tako bilo bila samo nije ne koji koja "
    "me mene smo ste su također kad ako danas jučer hvala netko jako k o ja ti još ili jer ništa mogu šta nisam nakon",
    "hu": "a az és nem hogy van is egy ez meg de én már csak volt nekem még mint ha most után nagyon vagy mert ezt azt aki ami kell "
    "lehet vagyok minden így úgy mi te ő lett valaki engem ma tegnap nincs köszönöm el ki be volt tudom",
    "sq": "dhe të në një është nuk për me që e i më nga si por unë kam mua pas jam kur shumë ishte kjo ky do ka janë sepse im ime ju "
    "ne ai ajo sot dje vetëm pa mos çfarë se ose edhe faleminderit",
    "eu": "eta da ez dut bat du ere nire naiz baina zen oso gero hau hori dira dago zer nola nik ni zuk gu egun gaur atzo bai edo "
    "baino egin izan den eskerrik dituzte behar nago ari niri",
    "af": "die en is nie ek dat van te op met vir sy my maar daar het aan ook as by na nog wel geen jy was dit hy sedert om wat ben "
    "deur of kan dan al so word uit ons hulle julle jou sal gaan baie dankie gister vandag toe sê wil moet hierdie kry ná "
    "iemand",
    "az": "və bir bu da də üçün çox nə ilə mən mi var amma kimi daha sonra qədər deyil oldu mənə mənim hər şey olaraq ki ən o heç yox "
    "indi isə görə bu gün dünən olar edir edirəm sən biz siz onun kim hamı ya",
    "cy": "y yr a i o yn ar am mae ei fy dw wedi bod ond gyda nid oedd ddim chi ni hi fe hefyd wrth sydd beth pan neu heddiw ddoe "
    "diolch iawn rwy eu eich ein os gan",
    "ga": "an na agus is tá ar i ag a go le mé ní bhí sé sí do mo nach ach seo sin leis agam raibh chun nuair inniu inné as anois "
    "bhfuil ó den don sibh muid",
    "eo": "la kaj estas mi ne en de por kun ke al sed ĝi vi li ŝi ni oni mia havas tre post kiam jam nur tio ĉi kiel kio estis hodiaŭ "
    "hieraŭ dankon iu pri el pli se tiu ankaŭ",
    "id": "yang dan di ini itu saya aku tidak ke dari untuk dengan ada sudah bisa akan juga karena tapi kalau sama lagi setelah saja "
    "banget gak nggak kita kamu dia mereka pada apa atau anak sangat hari kemarin terima kasih siapa sejak masih udah",
    "vi": "tôi và là không có của cho một được này đã với khi bị thì mà các người rất những như nhưng mình sau cũng nó em anh chị đi "
    "ra vào ở từ rồi hôm nay qua bạn ai gì uống nên quá",
    "sw": "na ya kwa ni wa katika la za hii kuwa mimi si ya hiyo yangu wangu nina sana baada lakini kama leo jana asante watu yeye "
    "sisi nini huu hapa bado tu mtu wakati",
    "uz": "va bir bu da uchun juda nima bilan men mi bor lekin kabi yana keyin qadar emas bo'ldi menga mening har narsa ham edi esa "
    "yo'q hozir bugun kecha rahmat sen biz siz uning kim qildi hech",
    "bg": "и в не на аз че с по това у как ми но а към от из за же така беше след мен той тя все много моя вече бих се съм е са ще да "
    "си ме какво защо когато днес вчера благодаря някой само ли нищо още което",
    "sr": "и у не на ја да с по то се је као ми али а ка од из за тако био била после мене он она све јако мој моја већ бих сам су ће "
    "си ме шта зашто кад данас јуче хвала неко само ли ништа још који није",
    "mk": "и во не на јас дека со по тоа се е како ми но а кон од за така беше после мене тој таа сѐ многу мојот моја веќе би сум се "
    "ќе да си ме што зошто кога денес вчера благодарам некој само ли ништо уште кој",
    "be": "і ў у не на я што з па гэта як мне але а да ад за ж так быў была пасля мяне ён яна для то усё вельмі мой мая ўжо бы ёсць "
    "каб калі сёння учора дзякуй хто толькі яшчэ няма ці",
    "kk": "және бұл мен емес үшін бір деп бар жоқ бірақ менің өте кейін сол маған мені қазір бүгін кеше рақмет ол біз сіз не қалай "
    "тек да де болды еді ғой",
    "ky": "жана бул мен эмес үчүн бир деп бар жок бирок менин абдан кийин ошол мага мени азыр бүгүн кечээ рахмат ал биз сиз эмне "
    "кантип гана да болду эле",
    "mn": "ба энэ би биш бол нэг гэж байна байгаа харин миний маш дараа тэр надад намайг одоо өнөөдөр өчигдөр баярлалаа бид та юу яаж "
    "л ч нь болсон байсан",
    "tg": "ва ин ман нест барои як ки ҳаст аммо бисёр баъд он маро ҳоло имрӯз дирӯз раҳмат мо шумо чӣ хел ҳам дар аз бо ба буд шуд "
    "мешавад аст",
}

SMALL_WORDS_OF = {**READ, **UNREAD}
