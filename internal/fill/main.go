// Command fill makes a data file with as many entries as one asks for, to measure a
// full house with; nothing of the product runs by it.
//
//	go run ./internal/fill -entries 1000000 -data /tmp/million.db
//	TIDINGS_FULL=/tmp/million.db go test ./internal/server -run '^$' -bench Full
//
// The entries are invented: a thousand feeds in twenty folders bring one after the
// other, each sixth is a copy of the story before it, and one and the same
// arguments make the same stories.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

// feeds is how many there are, and batch how many entries a commit has.
const (
	feeds = 1000
	batch = 20000
)

func main() {
	entries := flag.Int("entries", 1_000_000, "how many entries")
	data := flag.String("data", "", "the data file to make")
	flag.Parse()
	if err := fill(context.Background(), *data, *entries); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func fill(ctx context.Context, path string, n int) error {
	store, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	p := &press{rnd: rand.New(rand.NewPCG(1, 2)), store: store, now: time.Now().Add(-time.Duration(n) * 20 * time.Second)}
	if err := p.subscribe(ctx); err != nil {
		return err
	}
	for done := 0; done < n; done += batch {
		if err := store.Commit(ctx, p.harvests(min(batch, n-done))); err != nil {
			return err
		}
	}
	return nil
}

// press invents entries.
type press struct {
	rnd   *rand.Rand
	store *boltstore.Store
	now   time.Time
	ids   []uint64
	story uint64 // the last one
}

func (p *press) subscribe(ctx context.Context) error {
	ws := make([]feed.Wish, feeds)
	for i := range ws {
		u := fmt.Sprintf("https://outlet%d.example/feed.xml", i)
		ws[i] = feed.Wish{URL: u, Canonical: u, Site: fmt.Sprintf("outlet%d.example", i), Title: fmt.Sprintf("Outlet %d", i), Folder: fmt.Sprintf("Folder %d", i%20)}
	}
	as, err := p.store.Subscribe(ctx, ws, p.now)
	for _, a := range as {
		p.ids = append(p.ids, a.Subscription.ID)
	}
	return err
}

// harvests are one for each entry.
func (p *press) harvests(n int) []feed.Harvest {
	hs := make([]feed.Harvest, n)
	for i := range hs {
		hs[i] = p.harvest()
	}
	return hs
}

func (p *press) harvest() feed.Harvest {
	p.now = p.now.Add(20 * time.Second)
	id := p.store.NextEntry()
	var key feed.Key
	binary.BigEndian.PutUint64(key[:], id)
	k := p.rnd.IntN(feeds)
	address := fmt.Sprintf("https://outlet%d.example/%d.html", k, id)
	e := feed.Entry{ID: id, GUID: address, URL: address, Title: p.words(9), Excerpt: p.words(30), Words: 260, Published: p.now, Seen: p.now, Language: "en"}
	v := feed.Verdict{Level: feed.LevelNew}
	if p.story == 0 || id%6 != 0 {
		p.story = p.store.NextStory()
	} else {
		v = feed.Verdict{Level: feed.LevelNear, Of: id - 1, Score: 9, Need: 6, Evidence: "They share most of their words."}
	}
	e.Story = p.story
	return feed.Harvest{Feed: p.ids[k], State: feed.State{Title: fmt.Sprintf("Outlet %d", k), Polled: p.now, Due: p.now.Add(time.Hour)}, Arrivals: []feed.Arrival{{
		Keys: []feed.Key{key}, Hash: id, Entry: e, Body: feed.Body{Content: feed.HTML("<p>" + p.words(260) + "</p>")}, // as sanitize would leave it
		Time: p.now, URN: feed.StoryURN("https://outlet.example/", address), Verdict: v, New: true,
	}}}
}

// words draws from a vocabulary as uneven as that of a language.
func (p *press) words(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "w%x", int(p.rnd.ExpFloat64()*2000))
	}
	return b.String()
}
