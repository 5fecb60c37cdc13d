export interface Emoji {
  sign: string;
  name: string;
  /** Its name and what else it is looked for by. */
  words: string;
}

/** What is often given, shown first. */
export const FIRST = ["👍", "❤️", "🎉", "✅", "👀", "🙏", "😄", "🚀"];

// The sign, its name, and other words for it. A list of our own: it is small, and nothing has to be loaded for it.
const LISTED = `
👍 thumbs up: yes agree good +1 like|👎 thumbs down: no disagree bad -1|👏 clapping hands: applause bravo|🙌 raised hands: hooray praise
🙏 folded hands: please thanks pray|👋 waving hand: hello hi bye|🤝 handshake: deal agreed|💪 flexed biceps: strong power
👌 ok hand: perfect|✌️ victory hand: peace|🤞 crossed fingers: luck hope|🤙 call me hand: phone|👉 pointing right: this|👈 pointing left
👆 pointing up: above this|👇 pointing down: below|✋ raised hand: stop high five|🫶 heart hands: love|🤘 horns: rock|✍️ writing hand: note
😀 grinning face: happy smile|😄 smiling face: happy joy laugh|😁 beaming face: grin|😆 laughing: haha|😅 sweat smile: phew relief
😂 tears of joy: lol laugh|🤣 rolling on the floor: rofl laugh|🙂 slight smile|🙃 upside down: irony|😉 wink|😊 blush: happy
😇 halo: angel innocent|🥰 in love: hearts|😍 heart eyes: love|🤩 star struck: wow|😘 kiss|😋 yummy: tasty|😜 winking tongue: joke
🤪 zany: crazy|🤗 hug: hugging|🤭 giggle: oops|🤫 shush: quiet secret|🤔 thinking: hmm wonder|🫡 salute: yes sir|🤨 raised eyebrow: doubt
😐 neutral: meh|😑 expressionless|🫠 melting: hot|😏 smirk|😒 unamused|🙄 rolling eyes|😬 grimace: awkward|😌 relieved: calm|😔 pensive: sad
😪 sleepy: tired|😴 sleeping: zzz|😷 mask: ill|🤒 thermometer: sick|🤢 nauseated: green|🤯 exploding head: mind blown|🥵 hot face: heat
🥶 cold face: freezing|😵 dizzy|🥳 party face: celebrate birthday|😎 sunglasses: cool|🤓 nerd: geek|🧐 monocle: inspect|😕 confused
😟 worried|🙁 frown: sad|😮 open mouth: surprised wow|😲 astonished: shocked|🥺 pleading: please puppy|😳 flushed: embarrassed|😨 fearful
😰 anxious: sweat|😢 crying: sad tear|😭 sobbing: cry|😱 screaming: scared|😤 huffing: triumph|😡 angry: mad|🤬 cursing: swearing
💀 skull: dead|👻 ghost: boo|🤖 robot: bot agent ai|👾 alien monster: game bug|💩 poop|🤡 clown|🙈 see no evil: monkey|🙉 hear no evil|🙊 speak no evil
❤️ red heart: love|🧡 orange heart|💛 yellow heart|💚 green heart|💙 blue heart|💜 purple heart|🖤 black heart|🤍 white heart|💔 broken heart
💖 sparkling heart|💯 hundred: perfect score full|💥 collision: boom|💫 dizzy star|💦 splash: sweat|💤 sleep: zzz|💬 speech: comment talk|👁️ eye
👀 eyes: look looking see review|🧠 brain: smart mind|🗣️ speaking: talk|👤 person: user|👥 people: team users|🕵️ detective: investigate
🤷 shrug: dunno whatever|🤦 facepalm|🙋 raising hand: me question|🙅 no gesture|🙆 ok gesture|💁 tipping hand: info|🧑‍💻 technologist: developer coder
🎉 party popper: tada celebrate hooray|🎊 confetti|🎈 balloon|🎁 gift: present|🏆 trophy: win|🥇 gold medal: first|🥈 silver medal: second|🥉 bronze medal: third
🎯 bullseye: target goal|🎲 die: random chance|🎮 game|🎨 palette: art design|🎵 music: note|🎬 clapper: action video|🎓 graduation: learn
🚀 rocket: ship launch deploy|✈️ airplane: travel|🚗 car|🚲 bicycle|🚂 train|🚢 ship: boat|🛑 stop sign|🚧 construction: work in progress wip|🚨 alarm: incident alert siren
🔥 fire: hot lit|⭐ star: favourite|🌟 glowing star|✨ sparkles: new clean magic|⚡ lightning: fast power zap|☀️ sun: sunny|🌙 moon: night|☁️ cloud|🌧️ rain
❄️ snowflake: cold freeze|🌈 rainbow|🌊 wave: water|🌍 earth: world globe|🌱 seedling: grow plant|🌳 tree|🌵 cactus|🍀 clover: luck|🌹 rose|🌻 sunflower
🐛 bug: insect defect|🐝 bee|🦋 butterfly|🐞 ladybird|🐢 turtle: slow|🐍 snake: python|🐙 octopus|🦀 crab: rust|🐳 whale: docker|🐬 dolphin|🐧 penguin: linux
🐘 elephant: postgres|🦊 fox|🐱 cat|🐶 dog|🦄 unicorn|🐻 bear|🐼 panda|🐸 frog|🦉 owl: wise|🦆 duck: rubber|🐣 chick: hatch|🦖 dinosaur: legacy
🍎 apple|🍌 banana|🍓 strawberry|🍋 lemon|🥑 avocado|🍕 pizza|🍔 burger|🌮 taco|🍣 sushi|🍪 cookie|🎂 cake: birthday|🍿 popcorn: watch|☕ coffee: tea break
🍵 tea|🍺 beer|🍻 cheers: beers|🍷 wine|🥂 toast: champagne|🧊 ice|🏠 house: home|🏢 office|🏭 factory|🏁 finish flag: done|🚩 red flag: warning
✅ check mark: done yes approve ok|☑️ ticked box: done|✔️ tick: check|❌ cross: no wrong fail|❎ cross button|➕ plus: add|➖ minus: remove|❓ question: why
❗ exclamation: important|‼️ double exclamation|⚠️ warning: caution|⛔ no entry: blocked|🚫 prohibited: forbidden|♻️ recycle: refactor|🔁 repeat: again|🔄 arrows: sync retry
⏩ fast forward|⏸️ pause|▶️ play: start|⏹️ stop|⏳ hourglass: waiting|⌛ time up|⏰ alarm clock|⏱️ stopwatch: benchmark|📅 calendar: date|📌 pin: important
📎 paperclip: attach|📝 memo: note write|📚 books: docs read|📖 open book: read|📈 chart up: growth|📉 chart down: drop|📊 bar chart: stats|📦 package: box release
📧 e-mail: mail|📣 megaphone: announce|🔔 bell: notify|🔕 bell off: mute|🔍 magnifier: search find|🔒 locked: secure|🔓 unlocked|🔑 key: secret|🔨 hammer: build fix
🔧 wrench: fix tool|⚙️ gear: settings|🧰 toolbox|🧪 test tube: test experiment|🔬 microscope: research|💡 light bulb: idea|🔦 torch|🕯️ candle|💻 laptop: computer
🖥️ desktop: screen|⌨️ keyboard|🖱️ mouse|📱 phone: mobile|💾 floppy: save|🗑️ bin: trash delete|💰 money bag: cost|💸 flying money: expensive|💳 card: payment|🧾 receipt
🔗 link: chain|🧵 thread|🪄 magic wand|🧹 broom: clean up|🧭 compass|🗺️ map|🏗️ crane: architecture|🧱 brick: wall|🪵 wood: log|🩹 plaster: patch fix|💊 pill
🅰️ a button|🆗 ok button|🆕 new button|🆒 cool button|🔴 red circle|🟠 orange circle|🟡 yellow circle|🟢 green circle: go|🔵 blue circle|🟣 purple circle|⚫ black circle
⚪ white circle|1️⃣ one: first|2️⃣ two: second|3️⃣ three: third|4️⃣ four|5️⃣ five|🏳️‍🌈 rainbow flag: pride|🏴‍☠️ pirate flag`;

export const EMOJI: readonly Emoji[] = LISTED.trim()
  .split(/[|\n]/)
  .map((entry) => {
    const [, sign = "", rest = ""] = /^(\S+) (.*)$/.exec(entry) ?? [];
    return { sign, name: rest.split(":")[0] ?? "", words: rest.replace(":", "") };
  });

const bySign = new Map(EMOJI.map((emoji) => [emoji.sign, emoji]));
const IS_EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

/** Returns the emoji that fit what was typed, best first; one that was typed or pasted itself counts too. */
export function findEmoji(query: string): readonly Emoji[] {
  const wanted = query.trim().toLowerCase();
  if (IS_EMOJI.test(wanted)) return [bySign.get(wanted) ?? { sign: wanted, name: "the emoji that you typed", words: "" }];
  const parts = wanted.split(/[\s_]+/);
  const fits = EMOJI.filter(({ words }) => parts.every((part) => words.split(" ").some((word) => word.startsWith(part))));
  return fits.toSorted((a, b) => Number(b.name.startsWith(wanted)) - Number(a.name.startsWith(wanted)));
}

/** Returns the emoji to begin with: those given lately, filled up with what is often given. */
export function offered(recent: readonly string[], count: number): readonly Emoji[] {
  return [...new Set([...recent, ...FIRST])].slice(0, count).map((sign) => bySign.get(sign) ?? { sign, name: sign, words: "" });
}
