package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"tidings/internal/control"
	"tidings/internal/demo"
	"tidings/internal/feed"
	"tidings/internal/opml"
)

// A real feed reader follows the merged feed of the demo while stories come, gain
// copies, are revised and get other leads: it shows each story once, and shows none
// again as new.
func TestNewsboatShowsEachStoryOnce(t *testing.T) {
	reading(t, "newsboat", "python3")
	pub := demo.New(demo.Options{Seed: 7, Slow: time.Millisecond})
	press := httptest.NewServer(pub.Handler())
	defer press.Close()
	addr, data := freeAddress(t), filepath.Join(t.TempDir(), "d.db")
	stop := serveHere(t, "serve", "--data", data, "--listen", addr, "--feeds", "none", "--allow-private", "127.0.0.0/8", "--site-gap", "0s")
	c := dial(t, data)
	defer c.Close()
	list, err := opml.Read(bytes.NewReader(pub.OPML(press.URL)), opml.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Subscribe(t.Context(), list.Wishes()); err != nil {
		t.Fatal(err)
	}
	boat := newBoat(t, "http://"+addr+"/feed.atom?n=500")
	copies, first := 0, map[string]bool{}
	for round := range 3 {
		for range 12 * min(round, 1) {
			pub.Publish()
		}
		if err := c.Poll(t.Context(), feed.PollRequest{All: true, Force: true}, func(int) {}, func(feed.Outcome) {}); err != nil {
			t.Fatal(err)
		}
		preferInTurn(t, c, round)
		st, err := c.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if round > 0 && st.Stats.Copies == copies {
			t.Error("no story gained a copy: the test shows nothing")
		}
		copies = st.Stats.Copies
		nextSecond()
		items := boat.reload()
		if len(items) != st.Stats.Stories {
			t.Errorf("round %d: newsboat has %d items of %d stories", round, len(items), st.Stats.Stories)
		}
		for _, it := range items {
			if it.Unread == first[it.GUID] {
				t.Errorf("round %d: %q (%s) is unread: %v, although it was read: %v", round, it.Title, it.GUID, it.Unread, first[it.GUID])
			}
			first[it.GUID] = true
		}
		boat.python(`db.execute("update rss_item set unread = 0"); db.commit()`)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// nextSecond waits for the clock's next second. Newsboat's HTTP client drops what isn't
// dated later than what it has, and dates are whole seconds (RFC 9110 §8.8.2); a reader
// polls less often than that, this test doesn't.
func nextSecond() {
	for began := time.Now().Unix(); time.Now().Unix() == began; {
		time.Sleep(10 * time.Millisecond)
	}
}

// preferInTurn makes another outlet's copies lead in each round.
func preferInTurn(t *testing.T, c *control.Client, round int) {
	t.Helper()
	fs, err := c.Feeds(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range fs {
		p := feed.PreferInherit
		if i%3 == round {
			p = feed.Preferred
		}
		if err := c.Prefer(t.Context(), feed.Scope{Feed: f.Subscription.ID}, p); err != nil {
			t.Fatal(err)
		}
	}
}

// boat is a newsboat with one feed.
type boat struct {
	*testing.T
	dir string
}

// boatItem is an item as newsboat keeps it.
type boatItem struct {
	GUID, Title string
	Unread      bool
}

func newBoat(t *testing.T, address string) *boat {
	t.Helper()
	b := &boat{t, t.TempDir()}
	for name, text := range map[string]string{"urls": address + "\n", "config": "max-items 0\n"} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// reload lets newsboat poll, and gives all items that it has.
func (b *boat) reload() (items []boatItem) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	at := func(name string) string { return filepath.Join(b.dir, name) }
	cmd := exec.CommandContext(ctx, "newsboat", "-u", at("urls"), "-C", at("config"), "-c", at("cache.db"), "-x", "reload")
	cmd.Env = append(os.Environ(), "HOME="+b.dir, "TERM=dumb")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("newsboat: %v\n%s", err, out)
	}
	out := b.python(`print(json.dumps([{"GUID": g, "Title": t, "Unread": bool(u)} for g, t, u in db.execute("select guid, title, unread from rss_item where deleted = 0")]))`)
	if err := json.Unmarshal(out, &items); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return items
}

// python runs a statement on newsboat's cache.
func (b *boat) python(statement string) []byte {
	b.Helper()
	script := fmt.Sprintf("import json, sqlite3\ndb = sqlite3.connect(%q)\n%s\n", filepath.Join(b.dir, "cache.db"), statement)
	out, err := exec.CommandContext(b.Context(), "python3", "-c", script).Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, script)
	}
	return out
}
