package feed

import (
	"encoding/binary"
	"slices"
	"time"
)

// Exchange counts what went between us and a publisher.
type Exchange struct {
	Requests  int   // requests made, those of redirects included
	Unchanged int   // of them: answered 304
	Failed    int   // polls that failed
	Received  int64 // bytes of bodies on the wire
	Saved     int64 // bytes that did not have to be sent, because of a 304: each as long as the last document
}

// Add gives the sum of two exchanges.
func (e Exchange) Add(f Exchange) Exchange {
	return Exchange{e.Requests + f.Requests, e.Unchanged + f.Unchanged, e.Failed + f.Failed, e.Received + f.Received, e.Saved + f.Saved}
}

// Share is the part of requests that were answered 304, from 0 to 1.
func (e Exchange) Share() float64 {
	if e.Requests == 0 {
		return 0
	}
	return float64(e.Unchanged) / float64(e.Requests)
}

// Ledger is what polling a feed has cost its publisher: a count for each hour of the
// last day and for each day of the last thirty, so it never has more than 56 of
// them (an hour and a day have only begun), each of some ten bytes; those without a
// request take no room.
type Ledger struct {
	Size  int64   // of the last whole document on the wire, in bytes
	Hours []Tract // of the last 24, the newest first
	Days  []Tract // of the last 30 (UTC), the newest first
}

// Tract is what happened in an hour or a day.
type Tract struct {
	Index int64 // Unix time divided by its length
	Exchange
}

const (
	hourTracts = 25 // 24 hours back from within an hour
	dayTracts  = 31
	day        = 24 * time.Hour
)

// Note enters what happened at now.
func (l Ledger) Note(now time.Time, e Exchange) Ledger {
	l.Hours = enter(l.Hours, now.Unix()/3600, hourTracts, e)
	l.Days = enter(l.Days, now.Unix()/86400, dayTracts, e)
	return l
}

// enter gives new tracts; old ones may be shared with other copies of the ledger.
// A clock that was set back adds to the newest tract.
func enter(ts []Tract, index int64, most int, e Exchange) []Tract {
	fresh := make([]Tract, 0, len(ts)+1)
	if len(ts) > 0 && ts[0].Index >= index {
		fresh = append(fresh, ts...)
		fresh[0].Exchange = fresh[0].Add(e)
		return fresh
	}
	fresh = append(fresh, Tract{index, e})
	for _, t := range ts {
		if index-t.Index < int64(most) {
			fresh = append(fresh, t)
		}
	}
	return fresh
}

// LastDay is what happened in the 24 hours before now, to the hour.
func (l Ledger) LastDay(now time.Time) Exchange {
	return total(l.Hours, now.Add(-day).Unix()/3600)
}

// LastMonth is what happened in the 30 days before now, to the day.
func (l Ledger) LastMonth(now time.Time) Exchange {
	return total(l.Days, now.Add(-30*day).Unix()/86400)
}

func total(ts []Tract, after int64) (e Exchange) {
	for _, t := range ts {
		if t.Index > after {
			e = e.Add(t.Exchange)
		}
	}
	return e
}

// Bytes gives the ledger as bytes, none where it is empty.
func (l Ledger) Bytes() []byte {
	if l.Size == 0 && len(l.Days) == 0 {
		return nil
	}
	b := binary.AppendUvarint(nil, uint64(l.Size))
	for _, ts := range [][]Tract{l.Hours, l.Days} {
		b = binary.AppendUvarint(b, uint64(len(ts)))
		for i, t := range ts {
			back := t.Index
			if i > 0 {
				back = ts[i-1].Index - t.Index
			}
			for _, n := range []int64{back, int64(t.Requests), int64(t.Unchanged), int64(t.Failed), t.Received, t.Saved} {
				b = binary.AppendUvarint(b, uint64(n))
			}
		}
	}
	return b
}

// LedgerOf reads what [Ledger.Bytes] gave. Damaged bytes give what can be read of
// them: nothing depends on it but what people are told.
func LedgerOf(b []byte) (l Ledger) {
	ok := true
	word := func() int64 {
		n, size := binary.Uvarint(b)
		if size <= 0 {
			ok, b = false, nil
			return 0
		}
		b = b[size:]
		return int64(n)
	}
	if len(b) == 0 {
		return l
	}
	l.Size = word()
	for _, ts := range []*[]Tract{&l.Hours, &l.Days} {
		n := min(word(), dayTracts)
		for i := range n {
			t := Tract{word(), Exchange{int(word()), int(word()), int(word()), word(), word()}}
			if !ok {
				return l
			}
			if i > 0 {
				t.Index = (*ts)[i-1].Index - t.Index
			}
			*ts = append(*ts, t)
		}
	}
	l.Hours, l.Days = slices.Clip(l.Hours), slices.Clip(l.Days)
	return l
}
