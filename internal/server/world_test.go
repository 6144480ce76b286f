package server

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

// world is a server over a small press of invented outlets.
type world struct {
	*Server
	store  *spy
	poller *fakePoller
}

// newWorld starts a server with n stories; change may alter the options.
func newWorld(t testing.TB, n int, change func(*Options)) *world {
	t.Helper()
	store := openSpy(t)
	w := &world{store: store, poller: &fakePoller{store: store, found: map[string][]feed.Found{}, files: map[string]string{}}}
	if n >= 0 {
		store.follow(t, outlets()...)
	}
	var fulls []feed.Full
	for i := range n {
		fulls = append(fulls, invented(i, time.Now()))
	}
	store.tell(t, fulls...)
	o := Options{Store: store, Poller: w.poller, Version: "1.2.3", Log: slog.New(slog.NewTextHandler(io.Discard, nil)), DataFile: "/home/ada/.local/share/tidings/news.db", Pictures: gallery{}}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.patience = time.Minute // a slow machine makes no other page
	w.Server = s
	return w
}

// watch reports at its call whether anything was committed since.
func (w *world) watch() (written func() bool) {
	changed := w.store.Changed()
	return func() bool {
		select {
		case <-changed:
			return true
		default:
			return false
		}
	}
}

// following lists the subscriptions.
func (w *world) following(t *testing.T) []feed.Following {
	t.Helper()
	list, err := w.store.Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// set keeps a setting.
func (w *world) set(t *testing.T, key, value string) {
	t.Helper()
	if err := w.store.SetSetting(t.Context(), key, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

// outlets are the subscriptions: every state of health, several scripts.
func outlets() []feed.Following {
	now := time.Now()
	fine := feed.State{Polled: now.Add(-12 * time.Minute), Answered: now.Add(-12 * time.Minute), Due: now.Add(48 * time.Minute), Format: "rss", SiteURL: "https://example.com/"}
	f := func(id uint64, folder, title, lang string, st feed.State) feed.Following {
		st.Feed, st.Title, st.Language = id, title, lang
		return feed.Following{
			Subscription: feed.Subscription{ID: id, URL: fmt.Sprintf("https://outlet%d.example/feed.xml", id), Folder: folder},
			State:        st,
		}
	}
	failing, gone, fresh := fine, fine, feed.State{Due: now}
	failing.Failures, failing.Failure, failing.Error, failing.Since = 9, feed.FailureMissing, "the feed was not found (404)", now.Add(-72*time.Hour)
	gone.Gone, gone.Failures, gone.Failure = true, 1, feed.FailureGone
	paused := f(7, "Science", "The Slow Almanac", "en", fine)
	paused.Subscription.Paused = true
	return []feed.Following{
		f(1, "World", "Meridian Wire", "en", fine),
		f(2, "World", "The Harbour Courier", "en", fine),
		f(3, "World", "Northern Broadcasting", "en", failing),
		f(4, "World/Middle East", "أخبار الصباح", "ar", fine),
		f(5, "Technology", "Bits & Pieces <weekly>", "en", gone),
		f(6, "Science", "Wissenschaft heute", "de", fine),
		paused,
		f(8, "Technology", "科技日报", "zh", fine),
		f(9, "", "Notes from a shed", "en", fresh),
	}
}

var oddTitles = []struct{ title, lang, excerpt string }{
	{"Prime minister makes first visit to White House as tariffs loom", "en", "The new prime minister arrived in Washington on Sunday for talks that both sides hope will calm a trade dispute that has unsettled markets since the spring, officials said."},
	{"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft wird nach Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz geprüft", "de", "Die Behörde erklärte, das Verfahren sei noch nicht abgeschlossen. Siebentausendzweihundertvierundfünfzig Unterlagen wurden bereits gesichtet."},
	{"رئيس الوزراء الجديد يصل إلى واشنطن لإجراء محادثات تجارية", "ar", "وصل رئيس الوزراء الجديد إلى واشنطن يوم الأحد لإجراء محادثات يأمل الجانبان أن تهدئ نزاعا تجاريا."},
	{"新首相首次访问白宫，关税阴影笼罩两国贸易关系", "zh", "新首相周日抵达华盛顿，双方都希望这次会谈能够缓和自春季以来一直困扰市场的贸易争端。"},
	{"🎉 Release 2.0 is out 🚀🚀🚀", "en", "👩‍💻 Now with fewer bugs."},
	{strings.Repeat("A very long headline that never seems to end because its writer was paid by the word ", 4)[:300], "en", "Short."},
	{"", "en", "A note without any title, as small blogs and microblogs write them: just a paragraph that begins at once and wanders on for a while."},
	{"Quantum sensor sees gravity <em>through</em> rock & soil", "en", ""},
	{"Harbour reopens after storm", "en", "Ferries sailed again on Saturday morning, two days after the highest tide on record closed the port."},
	{"Markets wrap: shares slip as yields climb", "en", "Stocks fell for a third day."},
}

// invented is the i-th story: long words, three scripts, no title, many sources.
func invented(i int, now time.Time) feed.Full {
	odd := oddTitles[i%len(oddTitles)]
	id := uint64(1000 - i)
	at := now.Add(-time.Duration(i*i) * 3 * time.Minute).Truncate(time.Second)
	all := outlets()
	member := func(k int) feed.Member {
		x := all[(i+k+8)%len(all)]
		e := feed.Entry{
			ID: id*10 + uint64(k), Feed: x.Subscription.ID, Story: id, Title: odd.title, Excerpt: odd.excerpt, Language: odd.lang,
			URL: fmt.Sprintf("https://outlet%d.example/2026/%d.html", x.Subscription.ID, id), Published: at.Add(time.Duration(k) * 20 * time.Minute), Seen: at, Words: 640,
			Authors: []feed.Person{{Name: "Ada Example"}, {Name: "Bo Muster"}}, Categories: []string{"Politics", "Trade"},
		}
		m := feed.Member{Entry: e, Outlet: feed.Outlet{Feed: x.Subscription.ID, Title: x.Name(), URL: x.Subscription.URL, Folder: x.Subscription.Folder}, Body: feed.Body{Content: inventedText}}
		if k > 0 {
			m.Verdict = feed.Verdict{Level: feed.LevelSameText, Of: id * 10, Score: 1, Evidence: "The texts are the same, word for word (412 words)."}
		}
		return m
	}
	f := feed.Full{Members: []feed.Member{member(0)}}
	if i%5 == 0 {
		f.Members = append(f.Members, member(1), member(2), member(3))
		f.Members[2].Entry.Title = "UPDATE 1 – " + odd.title
	}
	lead := f.Members[0]
	if i%2 == 0 {
		lead.Entry.Image = fmt.Sprintf("https://outlet.example/%d.jpg", i)
	}
	if i == 3 {
		lead.Entry.Enclosures = []feed.Enclosure{{URL: "https://outlet8.example/audio.mp3", Type: "audio/mpeg", Length: 23 << 20}}
	}
	f.Members[0] = lead
	f.Story = feed.Story{ID: id, URN: fmt.Sprintf("urn:uuid:00000000-0000-5000-8000-%012d", id), Time: at}
	return f
}

const inventedText = `<p>The new prime minister arrived in Washington on Sunday for talks that both sides hope will calm a <a href="https://example.org/dispute" rel="noopener noreferrer">trade dispute</a> that has unsettled markets since the spring, officials said.</p>
<figure><img src="https://outlet.example/wide.jpg" alt="Two flags before a white house" width="1200" height="675" loading="lazy"><figcaption>Flags on the South Lawn, Sunday.</figcaption></figure>
<p>It is the first visit by a head of government since <em>the tariffs</em> were announced, and it comes a week before they are due to take effect.</p>
<blockquote><p>We came to listen, and to be listened to.</p></blockquote>
<h2>What is at stake</h2>
<ul><li>Steel and aluminium, worth 14 billion a year</li><li>Cars, which neither side wants to talk about</li></ul>
<p>A communiqué is expected on Monday.</p>
<pre><code>for story := range river { fmt.Println(story.Title, story.Sources, story.WhateverElseMakesThisLineVeryLongIndeed) }</code></pre>
<table><thead><tr><th>Good</th><th>Now</th><th>From 1 December</th></tr></thead><tbody><tr><td>Steel</td><td>0 %</td><td>25 %</td></tr></tbody></table>`
