package dedup

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tidings/internal/feed"
)

// What is on the rack stays what it was, and boards that nothing stands on go.
func TestRackKeepsWhatItHolds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var s rack
	held := map[place][]byte{}
	for range 20_000 {
		b := bytes.Repeat([]byte{byte(r.Uint32())}, r.IntN(900))
		if p := s.put(b); p.size > 0 {
			held[p] = b
		}
		for p := range held {
			if len(held) < 500 {
				break
			}
			s.take(p)
			delete(held, p)
		}
	}
	live := 0
	for p, b := range held {
		if live += len(b); !bytes.Equal(s.at(p), b) {
			t.Fatalf("%v holds %d bytes, want %d others", p, len(s.at(p)), len(b))
		}
	}
	kept := 0
	for _, b := range s.boards {
		if b.bytes != nil {
			kept += boardSize
		}
	}
	if s.live != live || s.room != kept {
		t.Errorf("%d bytes in %d, want %d in %d", s.live, s.room, live, kept)
	}
	for p := range held {
		s.take(p)
	}
	if s.live != 0 || s.room > boardSize {
		t.Errorf("%d bytes in %d after all was taken", s.live, s.room)
	}
}

// An index whose entries are revised again and again grows no more than others.
func TestRevisionsTakeNoMemory(t *testing.T) {
	x := NewIndex(time.Hour)
	texts := []string{"The harbour council voted on Tuesday to rebuild the old lighthouse by 2031.", "The harbour council voted on Tuesday to sell the lighthouse, and much more of what it has there, to a Norwegian company."}
	const entries = 250
	for round := range uint64(60) {
		for e := round; e < entries; e++ { // each round leaves one entry behind on its board
			s := NewSketch(feed.Entry{ID: e + 1, Title: "The lighthouse of the harbour", URL: fmt.Sprintf("https://a.example/%d", e)}, texts[round%2])
			if round == 0 {
				x.Place(e+1, 1, e+1, e+1, start, s)
			} else {
				x.Revise(e+1, s)
			}
		}
	}
	if got, most := x.near.rack.room, 2*x.near.rack.live+10*boardSize; got > most {
		t.Errorf("the rack takes %d bytes for %d", got, x.near.rack.live)
	}
	checkIndex(t, x)
	checkNear(t, x)
}
