package dedup

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// arrival is an entry that a test sends to an index.
type arrival struct {
	feed             uint64
	at               time.Duration // after the start, seen and published
	url, title, text string
}

func (a arrival) sketch() Sketch {
	return NewSketch(feed.Entry{URL: a.url, Title: a.title, Published: start.Add(a.at)}, a.text)
}

var start = time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)

// tell sends arrivals to a new index, numbered from 1, and gives the story of
// each, a story having the number of its founder.
func tell(as []arrival) (stories []uint64, verdicts []feed.Verdict) {
	x := NewIndex(14 * 24 * time.Hour)
	for i, a := range as {
		id, s := uint64(i+1), a.sketch()
		placed := x.Assign(id, a.feed, start.Add(a.at), s)
		story, v := placed.Story, placed.Verdict
		if story == 0 {
			story = id
		}
		x.Place(id, a.feed, story, story, start.Add(a.at), s)
		stories, verdicts = append(stories, story), append(verdicts, v)
	}
	return stories, verdicts
}

const (
	wire    = "The council of Marrow voted on Tuesday for a budget that closes two libraries and opens a bridge."
	teaser  = "Two libraries close, a bridge opens: what the budget means."
	russian = "Городской совет во вторник принял бюджет, по которому закроются две библиотеки, но откроется новый мост через реку."
	arabic  = "صوت مجلس المدينة يوم الثلاثاء لصالح ميزانية تغلق مكتبتين عامتين وتفتح جسرا جديدا فوق النهر الكبير"
	chinese = "市议会星期二通过预算，两家图书馆将关闭，一座新桥将开通，市长表示满意。"
	thai    = "สภาเมืองผ่านงบประมาณเมื่อวันอังคาร ปิดห้องสมุดสองแห่งและเปิดสะพานใหม่"
	hindi   = "नगर परिषद ने मंगलवार को बजट पारित किया, जिससे दो पुस्तकालय बंद होंगे और नदी पर एक नया पुल खुलेगा।"
	korean  = "시의회는 화요일 도서관 두 곳을 닫고 새 다리를 여는 예산안을 통과시켰으며 시장은 이를 환영했고 주민들은 반대했다."
	joke    = "A joke a day keeps the doctor away: open the page to read the one that we chose for you today."
)

func TestAssign(t *testing.T) {
	const (
		h   = time.Hour
		d   = 24 * time.Hour
		at  = "https://marrow.example/2026/budget"
		at2 = "https://courier.example/news/budget-vote"
		at3 = "https://mill.example/x/1"
		hub = "https://marrow.example/live/budget"
	)
	for _, c := range []struct {
		name string
		as   []arrival
		want string // stories
	}{
		{"same address, spelled otherwise", []arrival{{1, 0, at, "Council passes budget", ""}, {2, h, "http://www.marrow.example/2026/budget/?utm_source=rss", "Budget passed", ""}}, "1 1"},
		{"same address, wholly other titles in several feeds: link blogs", []arrival{{1, 0, at, "Council passes budget", ""}, {2, h, at, "Worth reading", ""}, {3, h, at, "Why libraries close", ""}, {4, h, at, "Bridge!", ""}}, "1 1 1 1"},
		{"same address, one without title", []arrival{{1, 0, at, "Council passes budget", ""}, {2, h, at, "", ""}}, "1 1"},
		{"other address, other text", []arrival{{1, 0, at, "Council passes budget", wire}, {2, h, at2, "Owl found in library", owls}}, "1 2"},
		{"other address, the text with a word more", []arrival{{1, 0, at, "Council passes budget", wire}, {2, h, at2, "Council passes budget", wire + " Today."}}, "1 1"},
		{"same title alone, in two feeds", []arrival{{1, 0, at, "Council of Marrow passes its budget", ""}, {2, h, at2, "Council of Marrow passes its budget", ""}}, "1 1"},
		{"same title alone, a word", []arrival{{1, 0, at, "Budget", ""}, {2, h, at2, "Budget", ""}}, "1 2"},
		{"homepages join nothing", []arrival{{1, 0, "https://marrow.example/", "a", ""}, {2, h, "https://marrow.example", "b", ""}}, "1 2"},
		{"sections join nothing", []arrival{{1, 0, "https://marrow.example/news", "a", ""}, {2, h, "https://marrow.example/news/", "b", ""}}, "1 2"},
		{"wire copy under other titles", []arrival{{1, 0, at, "Council passes budget", wire}, {2, 2 * h, at2, "Libraries to close", strings.ToUpper(wire)}, {3, 3 * h, "", "", wire}}, "1 1 1"},
		{"window", []arrival{{1, 0, at, "a", wire}, {2, 14 * d, at, "a", ""}, {3, 14*d + time.Second, at2, "a", wire}, {4, 28*d + time.Second, at, "a", ""}}, "1 1 3 4"},
		{"the window moves on with copies", []arrival{{1, 0, at, "a", ""}, {2, 10 * d, at, "a", ""}, {3, 20 * d, at, "a", ""}}, "1 1 1"},

		{"live page: one feed's titles stay apart", []arrival{{1, 0, hub, "Debate begins", ""}, {1, h, hub, "Debate ends", ""}}, "1 2"},
		{"live page: also by way of another feed", []arrival{{1, 0, hub, "Debate begins", ""}, {2, h, hub, "Debate begins", ""}, {1, 2 * h, hub, "Debate ends", ""}}, "1 1 3"},
		{"live page: another feed joins what has its title", []arrival{{1, 0, hub, "Debate begins", ""}, {1, h, hub, "Debate ends", ""}, {2, 2 * h, hub, "Debate ends", ""}, {3, 2 * h, hub, "Debate begins", ""}}, "1 2 2 1"},
		{"hub: three titles, changed by one feed", []arrival{{1, 0, hub, "a", ""}, {1, h, hub, "b", ""}, {1, 2 * h, hub, "c", ""}, {2, 3 * h, hub, "c", ""}, {3, 3 * h, hub, "d", ""}}, "1 2 3 4 5"},
		{"hub: the third title is the newcomer's", []arrival{{1, 0, hub, "a", ""}, {1, h, hub, "b", ""}, {2, 2 * h, hub, "c", ""}}, "1 2 3"},
		{"hub: the same text joins all the same", []arrival{{1, 0, hub, "a", ""}, {1, h, hub, "b", ""}, {1, 2 * h, hub, "c", wire}, {2, 3 * h, hub, "d", wire}}, "1 2 3 3"},
		{"same feed, address and title under two guids", []arrival{{1, 0, at, "Council passes budget", wire}, {1, h, at, "Council passes budget!", wire}, {1, h, at, "Council passes budget", ""}}, "1 1 1"},
		{"same feed, address and title, but another text", []arrival{{1, 0, hub, "Live", wire}, {1, h, hub, "Live", joke}}, "1 2"},
		{"same feed, address and title, but another short text", []arrival{{1, 0, hub, "Live", "Two goals to one"}, {1, h, hub, "Live", "Three goals to one"}}, "1 2"},
		{"a day's notes on one page", []arrival{{1, 0, hub + "#a", "", "Good morning!"}, {1, h, hub + "#b", "", "Good night!"}, {2, h, hub + "#b", "", "Good night!"}, {3, h, hub + "#c", "", "And good luck!"}, {4, h, hub, "Notes", ""}}, "1 2 2 4 5"},
		{"teaser and full text of one article in two feeds", []arrival{{1, 0, at, "Council passes budget", wire}, {2, h, at, "Council passes budget", teaser}}, "1 1"},
		{"same feed and address, both untitled", []arrival{{1, 0, at, "", ""}, {1, h, at, "", ""}}, "1 2"},
		{"same feed and address, both untitled with one text", []arrival{{1, 0, at, "", wire}, {1, h, at, "", wire}}, "1 1"},

		{"same feed: an equal text joins nothing", []arrival{{1, 0, at, "The Daily", wire}, {1, d, at2, "The Daily", wire}}, "1 2"},
		{"boilerplate: one feed has it under two titles", []arrival{{1, 0, at, "Joke of Monday", joke}, {1, h, at2, "Joke of Tuesday", joke}, {2, h, at3, "Joke of Tuesday", joke}}, "1 2 2"},
		{"boilerplate: seen on the other side", []arrival{{1, 0, at, "a", joke}, {2, h, at2, "b", joke}, {2, 2 * h, at3, "c", joke}, {3, 3 * h, "", "a", joke}}, "1 1 3 3"},
		{"series: told again the next day, in two feeds", []arrival{{1, 0, at + "/1", "The Daily", joke}, {2, h, at + "/1", "The Daily", joke}, {1, d, at + "/2", "The Daily", joke}, {2, d + h, at + "/2", "The Daily", joke}, {3, d + h, "", "The Daily", joke}}, "1 1 3 3 3"},
		{"series: told again after half a day", []arrival{{1, 0, at + "/1", "The Daily", joke}, {1, d / 2, at + "/2", "The Daily", joke}, {2, d / 2, at3, "The Daily", joke}}, "1 2 2"},
		{"told again sooner is no series", []arrival{{1, 0, at + "/1", "The Daily", joke}, {1, d/2 - 1e9, at + "/2", "The Daily", joke}, {2, d / 2, at3, "The Daily", joke}}, "1 2 1"},
		{"two bulletins an hour apart, in two feeds", []arrival{{1, 0, at + "/1", "Bulletin", joke}, {2, 0, at3 + "/1", "Bulletin", joke}, {1, h, at + "/2", "Bulletin", joke}, {2, h, at3 + "/2", "Bulletin", joke}}, "1 1 3 3"},
		{"eleven words that say nothing are too few", []arrival{{1, 0, at, "a", "who was it that you and I were with in the"}, {2, 0, at2, "b", "who was it that you and I were with in the"}}, "1 2"},
		{"short text with its title", []arrival{{1, 0, at, "Council of Marrow passes budget", teaser}, {2, h, at2, "Council of Marrow passes budget", teaser}}, "1 1"},
		{"short text with another title", []arrival{{1, 0, at, "Council of Marrow passes budget", teaser}, {2, h, at2, "Council of Marrow adopts budget", teaser}}, "1 1"},
		{"short text with its title, two days later", []arrival{{1, 0, at, "Council of Marrow passes budget", teaser}, {2, 2 * d, at2, "Council of Marrow passes budget", teaser}}, "1 1"},

		{"address before text", []arrival{{1, 0, at, "a", wire}, {2, 0, at2, "b", joke}, {3, h, at2, "c", wire}}, "1 2 2"},
		{"the oldest story before others", []arrival{{1, 0, at, "a", wire}, {1, 0, at2, "b", ""}, {2, h, at2, "c", wire}, {3, h, at3, "d", wire}}, "1 2 2 1"},
		{"nothing chains: two stories stay two", []arrival{{1, 0, at, "a", ""}, {2, 0, at2, "b", wire}, {3, h, at, "c", wire}, {4, h, at2, "d", wire}}, "1 2 1 2"},

		{"Russian", []arrival{{1, 0, at, "Бюджет принят", russian}, {2, h, at2, "Мост вместо библиотек", strings.ToUpper(russian)}}, "1 1"},
		{"Arabic", []arrival{{1, 0, at, "الميزانية", arabic}, {2, h, at2, "جسر جديد", arabic + "."}}, "1 1"},
		{"Chinese", []arrival{{1, 0, at, "预算通过", chinese}, {2, h, at2, "两家图书馆关闭", strings.ReplaceAll(chinese, "，", "，\n")}}, "1 1"},
		{"Thai", []arrival{{1, 0, at, "งบประมาณ", thai}, {2, h, at2, "สะพานใหม่", strings.ReplaceAll(thai, " ", "")}}, "1 1"},
		{"Hindi", []arrival{{1, 0, at, "बजट पारित", hindi}, {2, h, at2, "नया पुल", hindi}}, "1 1"},
		{"Korean", []arrival{{1, 0, at, "예산안 통과", korean}, {2, h, at2, "새 다리", korean}}, "1 1"},
		{"Chinese, a word more", []arrival{{1, 0, at, "预算通过", chinese}, {2, h, at2, "预算通过", chinese + "记者报道。"}}, "1 1"},
		{"Chinese, another number", []arrival{{1, 0, at, "3家图书馆关闭", "市议会星期二通过预算，3家图书馆将关闭，市长表示满意。"}, {2, h, at2, "5家图书馆关闭", "市议会星期二通过预算，5家图书馆将关闭，市长表示满意。"}}, "1 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			stories, verdicts := tell(c.as)
			if got := strings.Trim(fmt.Sprint(stories), "[]"); got != c.want {
				t.Errorf("stories %s, want %s\n%+v", got, c.want, verdicts)
			}
			for i, v := range verdicts {
				checkVerdict(t, uint64(i+1), stories, v)
			}
		})
	}
}

// Many feeds may each have a title of their own for one article, but not any number.
func TestTitlesOfOneAddress(t *testing.T) {
	var as []arrival
	for i := range uint64(maxTitles + 2) {
		as = append(as, arrival{i + 1, 0, "https://marrow.example/2026/budget", fmt.Sprint("Title ", i), ""})
	}
	stories, _ := tell(as)
	for i, story := range stories {
		want := uint64(1)
		if i >= 16 {
			want = uint64(i + 1)
		}
		if story != want {
			t.Errorf("title %d: story %d, want %d", i+1, story, want)
		}
	}
}

// checkVerdict holds a verdict to what feed.Verdict promises.
func checkVerdict(t *testing.T, entry uint64, stories []uint64, v feed.Verdict) {
	t.Helper()
	story := stories[entry-1]
	for _, a := range v.Apart {
		if a.Of == 0 || a.Of >= entry || stories[a.Of-1] != a.Story || a.Story == story || a.Evidence == "" {
			t.Errorf("entry %d of story %d was kept apart from %+v", entry, story, a)
		}
	}
	if len(v.Apart) > mostMiss {
		t.Errorf("entry %d was kept apart from %d stories", entry, len(v.Apart))
	}
	of, score, level := v.Of, v.Score, v.Level
	if story == entry {
		if level != feed.LevelNew || of != 0 || score != 0 || v.Evidence != "" {
			t.Errorf("founder %d has verdict %s of %d, %q", entry, level, of, v.Evidence)
		}
		return
	}
	if of == 0 || of >= entry || stories[of-1] != story || v.Evidence == "" {
		t.Errorf("entry %d of story %d has verdict %s of %d, %q", entry, story, level, of, v.Evidence)
	}
	if want := map[feed.Level]float64{feed.LevelSameURL: 1, feed.LevelSameText: 1, feed.LevelPart: enough, feed.LevelNear: enough}; want[level] == 0 || score < want[level] {
		t.Errorf("entry %d joined by %s with %v points", entry, level, score)
	}
}

func TestEvidence(t *testing.T) {
	const at = "https://marrow.example/2026/budget"
	for _, c := range []struct {
		name string
		a, b arrival
		want string
	}{
		{"address", arrival{1, 0, at, "a", ""}, arrival{2, 2 * time.Hour, "http://www.marrow.example/2026/budget/?utm_source=rss", "b", ""}, "Same address: marrow.example/2026/budget, 2 hours apart"},
		{"address in another script", arrival{1, 0, "https://marrow.example/2026/予算", "a", ""}, arrival{2, time.Minute, "https://marrow.example/2026/予算", "b", ""}, "Same address: marrow.example/2026/予算, 1 minute apart"},
		{"address that hides something", arrival{1, 0, at + "%E2%80%AEgpj", "a", ""}, arrival{2, 0, at + "%E2%80%AEgpj", "b", ""}, "Same address: marrow.example/2026/budget%E2%80%AEgpj, at the same time"},
		{"long address", arrival{1, 0, at + strings.Repeat("-x", 99), "a", ""}, arrival{2, 0, at + strings.Repeat("-x", 99), "b", ""}, "Same address: marrow.example/2026/budget" + strings.Repeat("-x", 26) + "-…, at the same time"},
		{"text", arrival{1, 30 * time.Hour, at, "a", wire}, arrival{2, 80 * time.Hour, "", "b", wire}, "Same text, 18 words, 2 days apart"},
		{"text in characters", arrival{1, 0, at, "a", chinese}, arrival{2, 89 * time.Minute, "", "b", chinese}, "Same text, 31 characters, 89 minutes apart"},
		{"title and text", arrival{1, 0, at, "Council of Marrow passes budget", teaser}, arrival{2, 91 * time.Minute, "", "Council of Marrow passes budget", teaser}, "Same title and text, 15 words, 2 hours apart"},
	} {
		_, v := tell([]arrival{c.a, c.b})
		if v[1].Evidence != c.want {
			t.Errorf("%s: %q, want %q", c.name, v[1].Evidence, c.want)
		}
	}
}

// A sketch that was stored and read has no address for its evidence until it
// is given back; times are those of arrival where none was published.
func TestEvidenceOfDecodedSketch(t *testing.T) {
	x := NewIndex(time.Hour * 24)
	s := NewSketch(feed.Entry{URL: "https://marrow.example/2026/budget"}, "")
	x.Place(1, 1, 1, 1, start, s)
	d, err := DecodeSketch(s.Encode())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    Sketch
		want string
	}{
		{d, "Same address, 5 minutes apart"},
		{d.WithURL("https://marrow.example/2026/budget"), "Same address: marrow.example/2026/budget, 5 minutes apart"},
	} {
		if v := x.Assign(2, 2, start.Add(5*time.Minute), c.s).Verdict; v.Evidence != c.want {
			t.Errorf("%q, want %q", v.Evidence, c.want)
		}
	}
}
