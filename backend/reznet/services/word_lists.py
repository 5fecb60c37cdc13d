"""Lists of words by which texts are told from each other where no model is asked."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Greetings, thanks and assent: English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish, Russian.
SAYS_NOTHING = _words(
    """
    hi hello hey hiya yo howdy greetings morning bye goodbye cya thanks thank thx ty cheers welcome ok okay okey k kk
    yes yep yeah yup no nope nah sure fine great nice cool awesome perfect excellent good gotcha lol haha hmm hm oops
    wow please sorry done noted understood alright right agreed test testing ping pong
    hallo moin servus guten tschüss dank danke dankeschön bitte ja nein doch gut super prima klasse genau verstanden
    bonjour salut bonsoir merci oui non parfait bien entendu coucou
    hola gracias adiós adios buenas buenos vale sí perfecto genial claro listo
    ciao grazie prego sì perfetto bene salve arrivederci
    olá ola oi obrigado obrigada tchau sim não ótimo valeu beleza
    hoi bedankt dankjewel dag nee goed prima
    cześć dzień dzięki dziękuję tak nie dobrze
    merhaba selam teşekkürler sağol evet tamam
    привет здравствуйте спасибо пока да нет хорошо понятно ладно ок
    """
)
# Beside them, these add nothing.
FILLER = _words(
    """
    a again all and are be day evening everyone everybody for friend from got guys have help i i'm im is it it's its
    just know later lot lots many me much my night now of see so team that that's thats the there this to too u very
    was works well will with you your you're makes sense one time there's
    tag abend nacht morgen vielen vielmals schön sehr dir euch ihnen viel alles klar das ist für die hilfe und mir
    beaucoup vous à tous toi le la pour aide c'est très
    muchas muchos día días tardes noches todos por ayuda muy todo
    mille tutti molto giorno buon buona sera buonasera buongiorno per
    muito bom dia boa tarde noite pela ajuda tudo bem
    je wel heel veel goedemorgen goedenavond
    dobry wielkie çok iyi günler ederim teşekkür большое всем добрый день вечер утро
    """
)
# Greetings, thanks and assent of languages without blanks between words, or with few of them: each a whole text.
PHRASES = _words(
    """
    你好 您好 谢谢 謝謝 多谢 好的 好 是 是的 不是 嗯 再见 再見 早上好 晚上好 收到 明白 明白了
    こんにちは こんばんは おはよう おはようございます ありがとう ありがとうございます はい いいえ 了解 了解です わかりました
    안녕 안녕하세요 감사합니다 고마워요 고마워 네 예 아니요 알겠습니다
    سلام مرحبا شكرا شكراً نعم لا नमस्ते धन्यवाद हाँ नहीं ठीक
    """
)
# What is said about passwords without telling one.
NO_PASSWORD = _words(
    """
    a an and are as at be been but by can case changed correct different empty encrypted expired false for from hashed
    hidden how if in incorrect invalid is it kept long missing must my needed never no none not null of off on one
    optional or our protected required reset reused right same salted set shared should shown stored strong text that
    the their this to too true unknown unsafe very weak what when where which with wrong your yours str string int bool
    any undefined
    """
)
MONTHS = _words(
    "january february march april may june july august september october november december"
)
DAYS = _words("monday tuesday wednesday thursday friday saturday sunday")
# What means little by itself.
STOP = _words(
    """
    a an the and or of in on at to for from by with as is are was were be been has have had do does did it its that
    this these those he she they his her their him them i me my you your we our us will would can could should who
    which what when where how there here so s t about also than then into over
    """
)
# With one of them more, a sentence says the contrary.
NEGATIONS = _words(
    """
    not no never none nobody nothing without neither nor against cannot can't don't doesn't didn't isn't aren't wasn't
    weren't won't wouldn't stopped quit nicht kein keine nie pas jamais sans nunca sin non mai
    """
)
# With them, the same words in another order say something else.
ORDERED = _words(
    "over than before after instead rather from to more less better worse beats above below"
)
# What somebody has one of.
SINGLE = _words(
    """
    name surname nickname home address birthday age job role title employer boss manager phone number email mail
    timezone zone language deadline salary budget password editor username handle pronouns diet size
    """
)
