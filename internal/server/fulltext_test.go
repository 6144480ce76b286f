package server

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

const (
	teased     = 4100
	teaserText = `<p>The mill at Eastford is for sale, and its owner tells why.</p>`
	pageText   = `<p>The mill at Eastford is for sale, and its owner tells why.</p><p>She has ground rye there for forty years, and nobody wants to learn it from her now.</p>`
)

// teaser tells a story in two copies of which the first is a teaser, and gives their
// entries.
func (w *world) teaser(t testing.TB) (entries []uint64) {
	t.Helper()
	f := told(teased, 1, "Mill for sale", "The mill at Eastford is for sale.", time.Now().Add(-time.Hour).Truncate(time.Second))
	f = and(f, 2, "Old mill sold", 9, feed.Verdict{Level: feed.LevelNear, Score: 8, Need: 6, Evidence: "both name Eastford"})
	f.Members[0].Body.Content, f.Members[0].Entry.Words = teaserText, 12
	f.Members[1].Body.Content = `<p>She has ground rye there for forty years, and nobody wants to learn it from her now.</p>`
	w.store.tell(t, f)
	full, err := w.store.Story(t.Context(), teased)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range full.Members {
		entries = append(entries, m.Entry.ID)
	}
	return entries
}

// askText presses the button for the full text, and goes where that leads.
func (a *answer) askText(w *world) *answer {
	a.t.Helper()
	b := a.one(a.page(), "button.full")
	back := a.one(a.page(), `.acts input`).attr("value")
	return w.post(a.t, b.attr("formaction"), url.Values{b.attr("name"): {b.attr("value")}, "back": {back}}).status(303).follow(w)
}

func TestAFullTextIsAskedForByAButton(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.teaser(t)
	w.poller.pages = map[uint64]feed.FullText{entries[0]: {Text: pageText, Words: 3100, URL: "https://outlet1.example/strike/4100.html"}}
	a := w.get(t, "/story/4100").status(200)
	checkPage(a)
	button := a.one(a.page(), "button.full")
	if button.text() != "Full text" || button.attr("formaction") != "/story/4100/fulltext" || strings.Contains(a.one(a.page(), ".text").text(), "ground rye") {
		t.Errorf("the button: %s", button.attrs())
	}
	a = a.askText(w).status(200)
	checkPage(a)
	p := a.page()
	if got := a.one(p, ".text").text(); !strings.Contains(got, "ground rye there for forty years") {
		t.Errorf("the text: %q", got)
	}
	if got := a.flash(); !strings.Contains(got, "The full text is here: 3100 words.") {
		t.Errorf("the flash: %q", got)
	}
	if got := a.one(p, ".byline").text(); !strings.Contains(got, "14 minutes") {
		t.Errorf("read time: %q, want that of the full text", got)
	}
	other := a.one(p, ".whole-text a")
	if other.attr("href") != "/story/4100?text=feed" {
		t.Errorf("to the feed's own text: %q", other.attr("href"))
	}
	a = w.get(t, other.attr("href")).status(200)
	checkPage(a)
	p = a.page()
	if got := a.one(p, ".text").text(); strings.Contains(got, "rye") {
		t.Errorf("the feed's own text: %q", got)
	}
	if got := a.one(p, ".whole-text a").attr("href"); got != "/story/4100?text=full" {
		t.Errorf("back to the full text: %q", got)
	}
	w.get(t, "/story/4100?text=other").status(400)
	full, err := w.store.Story(t.Context(), teased)
	if err != nil || full.Mark.Read || full.Members[0].Body.Content != teaserText {
		t.Errorf("%v: mark %+v, the feed's own text %q: want both as they were", err, full.Mark, full.Members[0].Body.Content)
	}
}

func TestWhatACopyAddsIsComparedWithTheTextThatIsShown(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.teaser(t)
	if got := w.get(t, "/story/4100").status(200).page().find(".adds"); len(got) != 1 {
		t.Fatalf("%d copies add something to the teaser, want 1", len(got))
	}
	if err := w.store.PutFullText(t.Context(), feed.FullText{Entry: entries[0], Text: pageText, Fetched: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got := w.get(t, "/story/4100").status(200).page().find(".adds"); len(got) != 0 {
		t.Errorf("a copy adds to the full text what that has: %s", got[0].text())
	}
	if got := w.get(t, "/story/4100?text=feed").status(200).page().find(".adds"); len(got) != 1 {
		t.Error("with the feed's texts, the copy adds nothing")
	}
}

func TestWhyThereIsNoFullTextIsSaidPlainly(t *testing.T) {
	for failure, want := range map[feed.TextFailure]string{
		feed.TextRefused: "it answers 403", feed.TextPaid: "for subscribers", feed.TextMissing: "isn’t there any more", feed.TextNotHTML: "no web page",
		feed.TextUnreadable: "No article could be told", feed.TextLess: "less of the text", feed.TextTooLarge: "too large", feed.TextBlocked: "private network",
		feed.TextBusy: "left alone", feed.TextFailed: "doesn’t answer",
	} {
		t.Run(string(failure), func(t *testing.T) {
			w := newWorld(t, 0, nil)
			entries := w.teaser(t)
			w.poller.pages = map[uint64]feed.FullText{entries[0]: {Failure: failure, Status: 403, Error: "in other words", Tries: 1}}
			a := w.get(t, "/story/4100")
			a = a.askText(w).status(200)
			checkPage(a)
			p := a.page()
			if !strings.Contains(a.flash(), want) || !strings.Contains(a.one(p, ".no-text").text(), want) {
				t.Errorf("flash %q, page %q: want %q", a.flash(), a.one(p, ".no-text").text(), want)
			}
			if got := a.one(p, "button.full").text(); got != "Try again" {
				t.Errorf("the button says %q", got)
			}
			if a.one(p, ".whole a").attr("href") != "https://outlet1.example/strike/4100.html" {
				t.Error("no link to the original")
			}
		})
	}
}

func TestASiteAtRestIsNoErrorPage(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.teaser(t)
	a := w.post(t, "/story/4100/fulltext", url.Values{"entry": {fmt.Sprint(entries[0])}, "back": {"/story/4100?text=feed&view=all"}})
	if got := a.follow(w).status(200).flash(); !strings.Contains(got, "left alone") {
		t.Errorf("flash %q", got)
	}
	w.post(t, "/story/4100/fulltext", url.Values{"entry": {"x"}}).status(400)
	w.post(t, "/story/4100/fulltext", url.Values{"entry": {"999999"}}).status(404)
	w.post(t, "/story/999999/fulltext", url.Values{"entry": {"1"}}).status(404)
}

func TestATextOfAPageForSubscribersSaysSo(t *testing.T) {
	w := newWorld(t, 0, nil)
	entries := w.teaser(t)
	if err := w.store.PutFullText(t.Context(), feed.FullText{Entry: entries[0], Text: pageText, Fetched: time.Now(), Part: true}); err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/story/4100").status(200)
	if got := a.one(a.page(), ".whole-text").text(); !strings.Contains(got, "for subscribers") {
		t.Errorf("note %q", got)
	}
}
