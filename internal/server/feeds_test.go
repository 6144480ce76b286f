package server

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tidings/internal/feed"
)

func TestFeedsTable(t *testing.T) {
	w := newWorld(t, 3, nil)
	a := w.get(t, "/feeds").status(200)
	p := a.page()
	if got := a.one(p, ".sum").text(); got != "9 feeds, 2 in trouble." {
		t.Errorf("summary %q", got)
	}
	since := time.Now().Add(-72 * time.Hour).Local().Format("2 January 2006")
	if got := a.one(p, "tr.failing .why").text(); got != "There is nothing at its address. Since "+since+", 9 polls in a row. Look on the site for a new feed address, and change it here." {
		t.Errorf("health %q", got)
	}
	for _, state := range []string{"gone", "paused", "new", "fine"} {
		if len(p.find("tr."+state)) == 0 {
			t.Errorf("no feed is %s", state)
		}
	}
	if got := len(p.find("tr.group")); got != 4 {
		t.Errorf("%d folders, want 4", got)
	}
}

func TestChangeFeed(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.post(t, "/feeds/3", url.Values{"title": {" My\n own "}, "folder": {" / Far / East/ "}, "url": {"https://outlet3.example/feed.xml"}}).status(303).location("/feeds/3?done=…")
	sub, _ := w.store.Subscription(t.Context(), 3)
	if s := sub.Subscription; s.Title != "My own" || s.Folder != "Far/East" || s.URL != "https://outlet3.example/feed.xml" {
		t.Errorf("changed to %+v", s)
	}
	w.post(t, "/feeds/3/pause", url.Values{"paused": {"1"}}).status(303)
	a := w.get(t, "/feeds/3").status(200)
	if got := a.one(a.page(), ".health").text(); !strings.HasPrefix(got, "Paused") {
		t.Errorf("after pausing: %q", got)
	}
	w.post(t, "/feeds/3/pause", url.Values{"paused": {"0"}}).status(303)
	w.post(t, "/feeds/3/refresh", url.Values{}).status(303)
	if len(w.poller.asked) != 1 || w.poller.asked[0] != 3 {
		t.Errorf("polled %v", w.poller.asked)
	}
	a = w.post(t, "/feeds/refresh", url.Values{}).status(303)
	if got := w.get(t, a.Header().Get("Location")).page().find(".flash p")[0].text(); got != "Polling 9 feeds now." {
		t.Errorf("flash %q", got)
	}
	w.post(t, "/feeds/77", url.Values{"title": {"x"}}).status(404)
}

func TestRemoveFeedAsksFirst(t *testing.T) {
	w := newWorld(t, 3, nil)
	a := w.get(t, "/feeds/3/remove").status(200)
	if got := a.one(a.page(), ".ask form").attr("action"); got != "/feeds/3/remove" {
		t.Errorf("asks %q", got)
	}
	w.post(t, "/feeds/3/remove", url.Values{}).status(303).location("/feeds?done=…")
	w.get(t, "/feeds/3").status(404)
	w.post(t, "/feeds/3/remove", url.Values{}).status(404)
}

// Addresses of feeds may carry a password, which no page shows.
func TestPagesShowNoCredentials(t *testing.T) {
	w := newWorld(t, 3, nil)
	const private = "https://ada:hush@private.example/feed"
	w.post(t, "/subscribe", url.Values{"exact": {private}, "folder": {"World"}}).status(303)
	f := invented(0, time.Now())
	f.ID, f.Members = 2000, f.Members[:2]
	for i := range f.Members {
		f.Members[i].Outlet.Feed = uint64(10 - i)
	}
	w.store.tell(t, f)
	list := `<opml version="2.0"><body><outline xmlUrl="` + private + `"/><outline text="https://bo:hush@b.example/" xmlUrl="https://bo:hush@b.example/%zz"/></body></opml>`
	report := w.upload(t, list).status(303).Header().Get("Location")
	for _, path := range []string{"/", "/?folder=World&view=all", "/?feed=10&view=all", "/story/2000", "/feeds", "/feeds/10", "/feeds/10/remove", report} {
		a := w.get(t, path).status(200)
		if body := a.Body.String(); strings.Contains(body, "hush") || !strings.Contains(body, "ada:…@private.example") {
			t.Errorf("%s tells a password, or doesn't name the feed", path)
		}
	}
	a := w.get(t, "/feeds/10").status(200)
	shown := a.one(a.page(), "#url").attr("value")
	w.post(t, "/feeds/10", url.Values{"url": {shown + "2"}}).status(303)
	if x, _ := w.store.Subscription(t.Context(), 10); x.Subscription.URL != private+"2" {
		t.Errorf("saving the masked address made it %q", x.Subscription.URL)
	}
}

// "42 feeds, all well." must not stand above 42 failures.
func TestFeedsSummary(t *testing.T) {
	at := func(kind feed.FailureKind, failures int) feed.Following {
		return feed.Following{State: feed.State{Polled: time.Now(), Failure: kind, Failures: failures}}
	}
	down, limited, missing, fine := at(feed.FailureTemporary, 1), at(feed.FailureLimited, 9), at(feed.FailureMissing, 1), at("", 0)
	for _, tt := range []struct {
		list []feed.Following
		want string
	}{
		{nil, "No feeds yet."},
		{[]feed.Following{fine}, "1 feed, all well."},
		{[]feed.Following{down, down}, "2 feeds, 2 not reached at the last poll."},
		{[]feed.Following{fine, limited}, "2 feeds, 1 asked for a pause."},
		{[]feed.Following{fine, down, missing, at(feed.FailureTemporary, 3)}, "4 feeds, 2 in trouble, 1 not reached at the last poll."},
	} {
		if got := summary(nil, enlisted(tt.list)); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// What a person typed goes to the poller as it is: it knows more ways than one to
// read an address.
func TestSubscribePassesTheAddressOn(t *testing.T) {
	w := newWorld(t, 0, nil)
	for _, typed := range []string{"old.example", "javascript:alert(1)", "http://old.example/feed"} {
		a := w.post(t, "/subscribe", url.Values{"url": {" " + typed + "\n"}}).status(422)
		if got := w.poller.looked[len(w.poller.looked)-1]; got != typed {
			t.Errorf("the poller was asked for %q, want %q", got, typed)
		}
		if got := a.one(a.page(), ".wrong").text(); !strings.HasSuffix(got, "Check the address.") {
			t.Errorf("%s: %q lacks the poller's hint", typed, got)
		}
	}
}

func TestSubscribe(t *testing.T) {
	w := newWorld(t, 0, nil)
	w.poller.found["https://one.example"] = []feed.Found{{URL: "https://one.example/feed"}}
	w.poller.found["https://two.example/"] = []feed.Found{{URL: "https://two.example/a", Title: "A"}, {URL: "https://two.example/b", Title: "B <i>"}}
	a := w.get(t, "/subscribe?url=web%2Bfeed:https://one.example&folder=World").status(200)
	if got := a.one(a.page(), "#add-url").attr("value"); got != "web+feed:https://one.example" {
		t.Errorf("address %q", got)
	}
	a = w.post(t, "/subscribe", url.Values{"url": {"one.example"}, "folder": {"World"}}).status(200)
	checkPage(a)
	if got := a.one(a.page(), ".prospect .last b").text(); got != "Ferry <runs> again" || len(w.following(t)) != 9 {
		t.Errorf("the preview shows %q, and %d feeds are followed", got, len(w.following(t)))
	}
	w.post(t, "/subscribe", url.Values{"exact": {"https://one.example/feed"}, "folder": {"World"}}).status(303).location("/feeds/10?done=…")
	a = w.post(t, "/subscribe", url.Values{"url": {"https://one.example"}}).status(200)
	if got := a.one(a.page(), ".prospect a").attr("href"); got != "/feeds/10" || len(a.page().find("input[name=exact]")) != 0 {
		t.Errorf("a feed that is followed leads to %q", got)
	}
	a = w.post(t, "/subscribe", url.Values{"exact": {"https://one.example/feed"}}).status(303)
	if got := w.get(t, a.Header().Get("Location")).page().find(".flash p")[0].text(); got != "You follow this feed already." {
		t.Errorf("flash %q", got)
	}
	a = w.post(t, "/subscribe", url.Values{"url": {"https://two.example/"}}).status(200)
	checkPage(a)
	choices := a.page().find("input[name=exact]")
	if len(choices) != 2 {
		t.Fatalf("%d choices", len(choices))
	}
	w.post(t, "/subscribe", url.Values{"exact": {choices[1].attr("value")}}).status(303)
	if _, err := w.store.FindSubscription(t.Context(), "https://two.example/b"); err != nil || len(w.following(t)) != 11 {
		t.Error("the chosen feed is not followed")
	}
	a = w.post(t, "/subscribe", url.Values{"url": {"nowhere.example"}}).status(422)
	checkPage(a)
	if got := a.one(a.page(), ".wrong").text(); got != "Fetch https://nowhere.example: no such host. Check the address." {
		t.Errorf("problem %q", got)
	}
	w.post(t, "/subscribe", url.Values{"exact": {"file:///etc/passwd"}}).status(422)
	a = w.post(t, "/subscribe", url.Values{"url": {"gopher://old.example"}}).status(422)
	if got := a.one(a.page(), ".wrong").text(); got != "Read the address gopher://old.example. Give another." {
		t.Errorf("problem %q", got)
	}
	w.post(t, "/subscribe", url.Values{"url": {" "}}).status(422)
}

const list = `<?xml version="1.0"?><opml version="2.0"><head><title>Mine</title></head><body>
<outline text="World"><outline type="rss" text="Meridian Wire" xmlUrl="https://outlet1.example/feed.xml"/>
<outline type="rss" text="New &lt;b&gt; one" xmlUrl="https://new.example/feed"/></outline>
<outline type="rss" text="Gopher" xmlUrl="gopher://old.example/"/>
</body></opml>`

// upload sends a file through the import form.
func (w *world) upload(t *testing.T, content string, fields ...string) *answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = m.WriteField(fields[i], fields[i+1])
	}
	part, err := m.CreateFormFile("file", "mine.opml")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(content))
	_ = m.Close()
	r := httptest.NewRequest("POST", "http://localhost:8080/import", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return &answer{rec, t}
}

func TestImport(t *testing.T) {
	w := newWorld(t, 3, nil)
	a := w.upload(t, list).status(303)
	a = w.get(t, a.Header().Get("Location")).status(200)
	checkPage(a)
	p := a.page()
	if got := a.one(p, ".sum").text(); got != "1 added, 1 already there, 1 failed." {
		t.Errorf("summary %q", got)
	}
	if got := a.one(p, "tr.added").text(); got != "New <b> one https://new.example/feed World Added: waiting for its first poll" {
		t.Errorf("added %q", got)
	}
	if got := a.one(p, "tr.failed td b").text(); got != "Failed." {
		t.Errorf("failed %q", got)
	}
	if len(w.following(t)) != 10 {
		t.Errorf("%d feeds", len(w.following(t)))
	}
}

func TestImportReplacesTheStarter(t *testing.T) {
	w := newWorld(t, 3, func(o *Options) {
		o.Starter = []feed.Wish{
			{URL: "https://outlet1.example/feed.xml", Folder: "World"},      // named by the list, too: stays
			{URL: "https://outlet2.example/feed.xml", Folder: "World"},      // goes
			{URL: "https://outlet3.example/feed.xml", Folder: "Other"},      // moved to another folder since: stays
			{URL: "https://outlet7.example/feed.xml", Folder: "Science"},    // paused since: stays
			{URL: "https://outlet99.example/feed.xml", Folder: "Elsewhere"}, // removed since
		}
	})
	a := w.upload(t, "this is no list", "replace", "1").status(303)
	a = w.get(t, a.Header().Get("Location")).status(200)
	if len(a.page().find(".wrong")) != 1 || len(w.following(t)) != 9 {
		t.Error("a bad file removed feeds, or was not reported")
	}
	a = w.upload(t, list, "replace", "1").status(303)
	a = w.get(t, a.Header().Get("Location")).status(200)
	if got := a.one(a.page(), ".sum").text(); !strings.HasSuffix(got, "1 starter feed removed.") {
		t.Errorf("summary %q", got)
	}
	for _, x := range w.following(t) {
		if x.Subscription.ID == 2 {
			t.Error("the untouched starter feed is still there")
		}
	}
	if len(w.following(t)) != 9 {
		t.Errorf("%d feeds, want 9", len(w.following(t)))
	}
}

// A list without titles has the address in their place; as the reader's title it
// would hide the publisher's for ever.
func TestImportTakesNoAddressForATitle(t *testing.T) {
	w := newWorld(t, -1, nil)
	w.upload(t, `<opml version="2.0"><body><outline type="rss" text="https://a.example/f" xmlUrl="https://a.example/f"/>
<outline type="rss" text="Beta" xmlUrl="https://b.example/f"/></body></opml>`).status(303)
	var got []string
	for _, x := range w.following(t) {
		got = append(got, x.Subscription.URL+" "+x.Subscription.Title)
	}
	if want := []string{"https://b.example/f Beta", "https://a.example/f "}; !slices.Equal(got, want) {
		t.Errorf("titles %q, want %q", got, want)
	}
}

// The poller refuses wishes as a whole or not at all; a list has to survive that.
func TestImportSurvivesAddressesThatThePollerRefuses(t *testing.T) {
	w := newWorld(t, -1, nil)
	var b strings.Builder
	for i := range 9 {
		fmt.Fprintf(&b, `<outline type="rss" text="Feed %d" xmlUrl="https://f%d.example/%s"/>`, i, i, map[bool]string{true: "?%zz"}[i%4 == 0])
	}
	a := w.upload(t, `<opml version="2.0"><body>`+b.String()+`</body></opml>`).status(303)
	p := w.get(t, a.Header().Get("Location")).status(200).page()
	if got := p.find(".sum")[0].text(); got != "6 added, 0 already there, 3 failed." || len(w.following(t)) != 6 {
		t.Errorf("summary %q, %d feeds", got, len(w.following(t)))
	}
	if got := p.find("tr.failed")[1].text(); got != "Feed 4 https://f4.example/?%zz Failed. Read the address https://f4.example/?%zz (give another). Line 1" {
		t.Errorf("refused: %q", got)
	}
}

func TestImportFromAddress(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.poller.files["https://lists.example/mine.opml"] = list
	w.post(t, "/import", url.Values{"url": {"lists.example/mine.opml"}}).status(303)
	if len(w.following(t)) != 10 {
		t.Errorf("%d feeds", len(w.following(t)))
	}
	w.post(t, "/import", url.Values{"url": {"https://lists.example/none"}}).status(422)
	w.post(t, "/import", url.Values{}).status(400)
	w.get(t, "/import/NOSUCHREPORT").status(404)
	w.upload(t, strings.Repeat("x", maxImport+1<<20)).status(413)
}

// A followed list is shown, polled and left; what vanished from it is flagged.
func TestFollowedList(t *testing.T) {
	w := newWorld(t, 3, nil)
	const address = "https://lists.example/team.opml"
	w.poller.files[address] = list
	a := w.post(t, "/import", url.Values{"url": {address}, "follow": {"1"}}).status(303)
	p := w.get(t, a.Header().Get("Location")).status(200).page()
	if got := p.find("p.quiet")[0].text(); !strings.Contains(got, "looked at once a day") {
		t.Errorf("report: %q", got)
	}
	lists, err := w.store.Lists(t.Context())
	if err != nil || len(lists) != 1 {
		t.Fatal(lists, err)
	}
	now := time.Now()
	_, err = w.store.CommitList(t.Context(), feed.ListHarvest{List: lists[0].ID, Read: true, Title: "Mine",
		State: feed.State{Failures: 3, Error: "not found (404)", Failure: feed.FailureMissing, Polled: now, Since: now}}, now)
	if err != nil {
		t.Fatal(err)
	}
	a = w.get(t, "/feeds").status(200)
	checkPage(a)
	p = a.page()
	if got := a.one(p, ".lists li").text(); !strings.Contains(got, "Mine "+address) || !strings.Contains(got, "2 no longer named") || !strings.Contains(got, "Not found (404)") {
		t.Errorf("list %q", got)
	}
	if got := p.find(".flag"); len(got) != 2 || !strings.HasPrefix(got[0].text(), "No longer in the list “Mine” since ") {
		t.Errorf("%d flags", len(got))
	}
	a = w.post(t, "/lists/1/poll", nil).status(303)
	if a = w.get(t, a.Header().Get("Location")); len(a.page().find("tr.known")) != 2 {
		t.Error("the poll of the list was not reported")
	}
	if got := len(w.get(t, "/feeds").page().find(".flag")); got != 0 {
		t.Errorf("%d flags although the list names them again", got)
	}
	w.post(t, "/lists/1/remove", nil).status(303)
	w.post(t, "/lists/1/remove", nil).status(404)
	if got := w.get(t, "/feeds").page(); len(got.find(".lists")) != 0 || len(w.following(t)) != 10 {
		t.Error("the list is still there, or its feeds are not")
	}
}

// A long list has a report of several pages, what failed on the first.
func TestLongReport(t *testing.T) {
	w := newWorld(t, -1, nil)
	var b strings.Builder
	for i := range 700 {
		fmt.Fprintf(&b, "<outline text=\"F%d\" xmlUrl=\"https://f%d.example/\"/>\n", i, i)
	}
	b.WriteString(`<outline xmlUrl="gopher://old.example/"/>`)
	at := w.upload(t, "<opml><body>"+b.String()+"</body></opml>").status(303).Header().Get("Location")
	p := w.get(t, at).status(200).page()
	if rows := p.find("tbody tr"); len(rows) != 500 || !strings.Contains(rows[0].text(), "Line 701") || len(p.find(".pages a")) != 2 {
		t.Errorf("%d rows, %d pages", len(rows), len(p.find(".pages a")))
	}
	a := w.get(t, at+"?page=2").status(200)
	checkPage(a)
	if rows := a.page().find("tbody tr"); len(rows) != 201 {
		t.Errorf("%d rows on the second page", len(rows))
	}
	for _, bad := range []string{"0", "3", "x"} {
		w.get(t, at+"?page="+bad).status(404)
	}
}

func TestTags(t *testing.T) {
	w := newWorld(t, 3, nil)
	w.post(t, "/feeds/6", url.Values{"tags": {"go, to read ,go"}}).status(303)
	a := w.get(t, "/feeds").status(200)
	if got := a.page().find("a.tag"); len(got) != 2 || got[1].text() != "#to read" || got[1].attr("href") != "/?tag=to+read&view=all" {
		t.Errorf("%d tags on the page of feeds", len(got))
	}
	if got := w.get(t, "/feeds/6").page().find("#tags")[0].attr("value"); got != "go, to read" {
		t.Errorf("the form has %q", got)
	}
	a = w.get(t, "/?tag=to+read&view=all").status(200)
	checkPage(a)
	if got := a.one(a.page(), "h1").text(); got != "#to read" {
		t.Errorf("heading %q", got)
	}
	w.post(t, "/feeds/6", url.Values{"tags": {""}}).status(303)
	if got := w.get(t, "/feeds").page().find("a.tag"); len(got) != 0 {
		t.Errorf("%d tags are left", len(got))
	}
}

func TestExport(t *testing.T) {
	w := newWorld(t, 3, nil)
	a := w.get(t, "/export.opml").status(200)
	if got := a.Header().Get("Content-Type"); got != "text/x-opml; charset=utf-8" {
		t.Errorf("type %q", got)
	}
	if got := a.Header().Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="tidings-`) {
		t.Errorf("disposition %q", got)
	}
	for _, x := range w.following(t) {
		if !strings.Contains(a.Body.String(), x.Subscription.URL) {
			t.Errorf("%s is missing", x.Subscription.URL)
		}
	}
}

func TestWhatWasMendedIsShown(t *testing.T) {
	w := newWorld(t, 3, nil)
	st := feed.State{Feed: 3, Title: "Torn", Document: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), Polled: time.Now(), Mended: []string{"3 illegal <characters>", "truncated after item 14"}}
	if err := w.store.Commit(t.Context(), []feed.Harvest{{Feed: 3, State: st}}); err != nil {
		t.Fatal(err)
	}
	a := w.get(t, "/feeds").status(200)
	if got := a.one(a.page(), "span.mended").text(); got != "Had to be mended: 3 illegal <characters>; truncated after item 14." {
		t.Errorf("list: %q", got)
	}
	a = w.get(t, "/feeds/3").status(200)
	got := a.one(a.page(), "details.mended pre").text()
	for _, want := range []string{"could be read on 20 November 2026", "3 illegal <characters>", "truncated after item 14"} {
		if !strings.Contains(got, want) {
			t.Errorf("letter %q without %q", got, want)
		}
	}
	if n := len(w.get(t, "/feeds/2").status(200).page().find("details.mended")); n != 0 {
		t.Error("a sound feed has a letter too")
	}
}

// enlisted are feeds made ready for lists.
func enlisted(fs []feed.Following) []*enrolled {
	var k roll
	k.enlist(fs, time.Now())
	return k.all
}
