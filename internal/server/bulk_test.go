package server

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"tidings/internal/feed"
)

// bulk presses a button of the form around the table as it stands on a page.
func (w *world) bulk(t *testing.T, path, do string, fields url.Values) *answer {
	t.Helper()
	a := w.get(t, path).status(200)
	form := url.Values{"do": {do}}
	for _, in := range a.one(a.page(), "#bulk").find("input[type=hidden]") {
		form.Set(in.attr("name"), in.attr("value"))
	}
	for _, s := range a.one(a.page(), "#bulk").find("select") {
		form.Set(s.attr("name"), s.find("option")[0].attr("value"))
	}
	form.Set("new", "")
	for name, values := range fields {
		form[name] = values
	}
	return w.post(t, "/feeds/bulk", form)
}

// undone gives the notice that an answer leads to, and presses its undo button.
func (a *answer) undone(w *world) string {
	a.t.Helper()
	to, _ := cutAnchor(a.status(303).Header().Get("Location"))
	b := w.get(a.t, to).status(200)
	text := b.one(b.page(), ".flash p").text()
	for _, in := range b.page().find(".flash form input[name=undo]") {
		w.post(a.t, "/undo", url.Values{"undo": {in.attr("value")}, "back": {"/feeds"}}).status(303)
	}
	return text
}

func (w *world) subscription(t *testing.T, id uint64) feed.Subscription {
	t.Helper()
	x, err := w.store.Subscription(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return x.Subscription
}

func TestBulk(t *testing.T) {
	w := rostered(t)
	two := url.Values{"feed": {"1", "6"}}
	with := func(more ...string) url.Values {
		v := url.Values{"feed": two["feed"]}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	for _, tt := range []struct {
		do     string
		form   url.Values
		text   string
		is     func(feed.Subscription) bool
		wasNot bool // the same as before, too
	}{
		{"move", with("folder", "Technology"), "2 feeds moved to Technology.", func(s feed.Subscription) bool { return s.Folder == "Technology" }, false},
		{"move", with("new", " Far / East "), "2 feeds moved to Far/East.", func(s feed.Subscription) bool { return s.Folder == "Far/East" }, false},
		{"move", with("folder", noFolder), "2 feeds are without a folder now.", func(s feed.Subscription) bool { return s.Folder == "" }, false},
		{"pause", two, "2 feeds are paused.", func(s feed.Subscription) bool { return s.Paused }, false},
		{"fulltext", two, "Whole texts are fetched from now on.", func(s feed.Subscription) bool { return s.FullText }, false},
		{"keep", with("keep", "ever"), "Saved. Nothing that is there goes.", func(s feed.Subscription) bool { return s.Keep.Ever }, false},
		{"resume", two, "2 feeds are polled again.", func(s feed.Subscription) bool { return !s.Paused }, true},
		{"plaintext", two, "Texts are shown as the feed has them.", func(s feed.Subscription) bool { return !s.FullText }, true},
	} {
		before := []feed.Subscription{w.subscription(t, 1), w.subscription(t, 6)}
		a := w.bulk(t, "/feeds?sort=name", tt.do, tt.form).status(303).location("/feeds?done=…&sort=name#f1")
		for _, id := range []uint64{1, 6} {
			if s := w.subscription(t, id); !tt.is(s) {
				t.Errorf("%s: feed %d is %+v", tt.do, id, s)
			}
		}
		if got := a.undone(w); got != tt.text {
			t.Errorf("%s tells %q, want %q", tt.do, got, tt.text)
		}
		for i, id := range []uint64{1, 6} {
			if s := w.subscription(t, id); tt.is(s) != tt.wasNot || s.Folder != before[i].Folder {
				t.Errorf("%s undone: feed %d is %+v", tt.do, id, s)
			}
		}
	}
	w.bulk(t, "/feeds", "refresh", two).status(303)
	if !slices.Equal(w.poller.asked, []uint64{1, 6}) {
		t.Errorf("polled %v", w.poller.asked)
	}
	for do, text := range map[string]string{"pause": "Choose some feeds first.", "move": "Choose some feeds first."} {
		if got := w.bulk(t, "/feeds", do, nil).undone(w); got != text {
			t.Errorf("%s of nothing tells %q", do, got)
		}
	}
	if got := w.bulk(t, "/feeds", "move", two).undone(w); got != "Choose a folder, or name a new one." {
		t.Errorf("moved nowhere: %q", got)
	}
	w.bulk(t, "/feeds", "explode", two).status(400)
	w.bulk(t, "/feeds", "pause", url.Values{"feed": {"x"}}).status(400)
	w.bulk(t, "/feeds", "pause", url.Values{"list": {"https://evil.example/feeds"}, "feed": {"1"}}).status(400)
}

// Marking read spares what came after the page was made.
func TestBulkRead(t *testing.T) {
	w := rostered(t)
	unread := func() int {
		c, err := w.store.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c.Feeds[6]
	}
	a := w.get(t, "/feeds").status(200)
	until := a.one(a.page(), "#bulk input[name=until]").attr("value")
	late := invented(0, time.Now())
	late.ID, late.Members = 5000, late.Members[:1]
	late.Members[0].Outlet.Feed, late.Members[0].Entry.Feed = 6, 6
	w.store.tell(t, late)
	if got := w.bulk(t, "/feeds", "read", url.Values{"feed": {"6"}, "until": {until}}).status(303); unread() != 1 {
		t.Errorf("%d unread, want the one that came late; %v", unread(), got.Header())
	} else if text := got.undone(w); text != "30 stories marked read." || unread() != 31 {
		t.Errorf("%q; %d unread after undoing", text, unread())
	}
}

// All of a list are those that its filter chooses, on other pages too.
func TestBulkOfAWholeList(t *testing.T) {
	w := newWorld(t, -1, nil)
	w.store.many(t, 250)
	w.bulk(t, "/feeds?folder=Folder+3", "pause", url.Values{"all": {"1"}}).status(303)
	paused := 0
	for _, x := range w.following(t) {
		if x.Subscription.Paused {
			paused++
			if !inFolder(x.Subscription.Folder, "Folder 3") {
				t.Errorf("%s is paused", x.Subscription.Folder)
			}
		}
	}
	if paused != 25 {
		t.Errorf("%d paused, want 25", paused)
	}
}

func TestBulkUnsubscribeAsksAndCanBeUndone(t *testing.T) {
	w := rostered(t)
	a := w.bulk(t, "/feeds", "unsubscribe", url.Values{"feed": {"1", "6"}}).status(200)
	checkPage(a)
	if got := a.one(a.page(), "h1").text(); got != "Unsubscribe from 2 feeds?" || len(w.following(t)) != 9 {
		t.Errorf("asks %q; %d feeds", got, len(w.following(t)))
	}
	form := url.Values{}
	for _, in := range a.one(a.page(), ".ask form").find("input") {
		form.Add(in.attr("name"), in.attr("value"))
	}
	a = w.post(t, "/feeds/bulk", form).status(303)
	if len(w.following(t)) != 7 {
		t.Errorf("%d feeds, want 7", len(w.following(t)))
	}
	if got := a.undone(w); got != "Unsubscribed from 2 feeds." || len(w.following(t)) != 9 {
		t.Errorf("%q; %d feeds after undoing", got, len(w.following(t)))
	}
	if x, err := w.store.Subscription(t.Context(), 6); err != nil || x.Entries != 30 {
		t.Errorf("feed 6 came back with %d entries, %v", x.Entries, err)
	}
}

// Keeping less tells what that deletes, and deletes nothing unless it is meant.
func TestKeepingLessAsks(t *testing.T) {
	w := rostered(t)
	a := w.post(t, "/feeds/6/keep", url.Values{"keep": {"entries"}, "entries": {"10"}, "days": {"30"}}).status(200)
	checkPage(a)
	if got := a.one(a.page(), ".ask p").text(); got != "That deletes 20 entries for good. Nobody has read 20 stories of it. Starred stories stay, and those of which another feed keeps a copy." {
		t.Errorf("asks %q", got)
	}
	if w.subscription(t, 6).Keep != (feed.Keep{}) {
		t.Error("it was done before it was meant")
	}
	form := url.Values{}
	for _, in := range a.one(a.page(), ".ask form").find("input") {
		form.Add(in.attr("name"), in.attr("value"))
	}
	a = w.post(t, a.one(a.page(), ".ask form").attr("action"), form).status(303).location("/feeds/6?done=…")
	b := w.get(t, "/feeds/6").status(200)
	if got := b.one(b.page(), "#keep-entries"); !got.has("checked") || w.subscription(t, 6).Keep.Newest != 10 {
		t.Errorf("kept %+v", w.subscription(t, 6).Keep)
	}
	if got := a.undone(w); got != "Saved. 20 entries go within six hours." || w.subscription(t, 6).Keep != (feed.Keep{}) {
		t.Errorf("%q; kept %+v after undoing", got, w.subscription(t, 6).Keep)
	}
	for _, v := range []url.Values{{}, {"keep": {"days"}}, {"keep": {"days"}, "days": {"0"}}, {"keep": {"entries"}, "entries": {"many"}}, {"keep": {"sometimes"}}} {
		if a := w.post(t, "/feeds/6/keep", v); a.Code != 400 && a.Code != 422 {
			t.Errorf("%v: status %d", v, a.Code)
		}
	}
	w.post(t, "/feeds/99/keep", url.Values{"keep": {"ever"}}).status(404)
	w.post(t, "/feeds/6/fulltext", url.Values{"fulltext": {"1"}}).status(303)
	if !w.subscription(t, 6).FullText {
		t.Error("whole texts aren't fetched")
	}
}

func TestFoldersAreRenamedAndDeleted(t *testing.T) {
	w := rostered(t)
	ctx := t.Context()
	off := feed.Rule{Fold: feed.FoldOff}
	for _, f := range []string{"World", "World/Middle East"} {
		if err := w.poller.SetRule(ctx, feed.Scope{Folder: f}, off); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.store.Prefer(ctx, feed.Scope{Folder: "World"}, feed.Preferred); err != nil {
		t.Fatal(err)
	}
	state := func() []string {
		var all []string
		for _, x := range w.following(t) {
			if x.Subscription.ID <= 4 {
				all = append(all, x.Subscription.Folder)
			}
		}
		slices.Sort(all)
		said, err := w.said(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for f, x := range said {
			if heft(x) > 0 {
				all = append(all, "said of "+f+": "+string(x.rule.Fold)+string(x.prefer))
			}
		}
		slices.Sort(all[4:])
		return all
	}
	refiled := func() string {
		have, err := w.Store.Settings(t.Context(), feed.SettingRefiled)
		if err != nil {
			t.Fatal(err)
		}
		return feed.ReadRefiled(have).Of("World/Asia")
	}
	before := state()
	a := w.post(t, "/folders", url.Values{"folder": {"World"}, "to": {"News / Globe"}, "do": {"rename"}}).status(303).location("/feeds?done=…&folder=News%2FGlobe")
	want := []string{"News/Globe", "News/Globe", "News/Globe", "News/Globe/Middle East", "said of News/Globe/Middle East: off", "said of News/Globe: off" + string(feed.Preferred)}
	if got := state(); !slices.Equal(got, want) {
		t.Errorf("renamed: %q, want %q", got, want)
	}
	if got := refiled(); got != "News/Globe/Asia" {
		t.Errorf("lists that call the folder as before fill %s", got)
	}
	if got := a.undone(w); got != "The folder is called News/Globe now." || !slices.Equal(state(), before) || refiled() != "World/Asia" {
		t.Errorf("%q; undone: %q, want %q; lists fill %s", got, state(), before, refiled())
	}
	a = w.post(t, "/folders", url.Values{"folder": {"World"}, "do": {"remove"}}).status(303).location("/feeds?done=…")
	want = []string{"", "", "", "Middle East", "said of Middle East: off"}
	if got := state(); !slices.Equal(got, want) {
		t.Errorf("deleted: %q, want %q", got, want)
	}
	if got := a.undone(w); got != "The folder is deleted. Its 4 feeds stay." || !slices.Equal(state(), before) {
		t.Errorf("%q; undone: %q, want %q", got, state(), before)
	}
	w.post(t, "/folders", url.Values{"folder": {"World"}, "to": {"Science"}, "do": {"rename"}}).status(303)
	if got := len(w.get(t, "/feeds?folder=Science").names()); got != 6 {
		t.Errorf("%d feeds in the folders put together, want 6", got)
	}
	w.post(t, "/folders", url.Values{"folder": {"Nowhere"}, "to": {"X"}}).status(404)
	w.post(t, "/folders", url.Values{"to": {"X"}}).status(400)
}
