package boltstore

import (
	"cmp"
	"encoding/hex"
	"strings"
	"time"

	"tidings/internal/feed"
)

// uuidPrefix begins a story's URN; what follows is kept as 16 bytes.
const uuidPrefix = "urn:uuid:"

type storyRecord struct {
	UUID    []byte `cbor:"1,keyasint,omitempty"`
	URN     string `cbor:"2,keyasint,omitempty"` // where it isn't made of a UUID
	Lead    uint64 `cbor:"3,keyasint"`
	Time    int64  `cbor:"4,keyasint"` // Unix seconds
	Updated int64  `cbor:"5,keyasint,omitempty"`
	Event   uint64 `cbor:"6,keyasint,omitempty"` // where it isn't the story's own number

	// Why it is in that event, feed.Relation.
	Of       uint64  `cbor:"7,keyasint,omitempty"`
	Score    float64 `cbor:"8,keyasint,omitempty"`
	Evidence string  `cbor:"9,keyasint,omitempty"`
}

// recordStory leaves out why a story is in its own event.
func recordStory(s feed.Story, why feed.Relation) storyRecord {
	r := storyRecord{Lead: s.Lead, Time: s.Time.Unix(), Updated: seconds(s.Updated)}
	if s.Event != 0 && s.Event != s.ID {
		r.Event, r.Of, r.Score, r.Evidence = s.Event, why.Of, why.Score, why.Evidence
	}
	if u, err := hex.DecodeString(strings.ReplaceAll(strings.TrimPrefix(s.URN, uuidPrefix), "-", "")); err == nil && urn(u) == s.URN {
		r.UUID = u
	} else {
		r.URN = s.URN
	}
	return r
}

func (r *storyRecord) story(id uint64) feed.Story {
	s := feed.Story{
		ID: id, URN: r.URN, Lead: r.Lead, Time: time.Unix(r.Time, 0).UTC(), Updated: fromSeconds(r.Updated), Event: cmp.Or(r.Event, id),
	}
	if len(r.UUID) > 0 {
		s.URN = urn(r.UUID)
	}
	return s
}

func (r *storyRecord) relation() feed.Relation {
	return feed.Relation{Of: r.Of, Score: r.Score, Evidence: r.Evidence}
}

// urn writes 16 bytes as RFC 9562 §4 does.
func urn(u []byte) string {
	if len(u) != 16 {
		return ""
	}
	b := make([]byte, 0, len(uuidPrefix)+36)
	b = append(b, uuidPrefix...)
	for i, n := range []int{4, 6, 8, 10, 16} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, u[[]int{0, 4, 6, 8, 10}[i]:n])
	}
	return string(b)
}

type verdictRecord struct {
	Level    string  `cbor:"1,keyasint,omitempty"`
	Of       uint64  `cbor:"2,keyasint,omitempty"`
	Score    float64 `cbor:"3,keyasint,omitempty"`
	Evidence string  `cbor:"4,keyasint,omitempty"`

	Need    float64       `cbor:"5,keyasint,omitempty"`
	Apart   []apartRecord `cbor:"6,keyasint,omitempty"`
	Drifted bool          `cbor:"7,keyasint,omitempty"`
	Drift   string        `cbor:"8,keyasint,omitempty"`
}

type apartRecord struct {
	Of       uint64  `cbor:"1,keyasint,omitempty"`
	Story    uint64  `cbor:"2,keyasint,omitempty"`
	Score    float64 `cbor:"3,keyasint,omitempty"`
	Need     float64 `cbor:"4,keyasint,omitempty"`
	Veto     string  `cbor:"5,keyasint,omitempty"`
	Evidence string  `cbor:"6,keyasint,omitempty"`
}

func recordVerdict(v feed.Verdict) verdictRecord {
	r := verdictRecord{
		Level: string(v.Level), Of: v.Of, Score: v.Score, Evidence: v.Evidence,
		Need: v.Need, Drifted: v.Drifted, Drift: v.Drift,
	}
	for _, a := range v.Apart {
		r.Apart = append(r.Apart, apartRecord(a))
	}
	return r
}

func (r *verdictRecord) verdict() feed.Verdict {
	v := feed.Verdict{
		Level: feed.Level(r.Level), Of: r.Of, Score: r.Score, Evidence: r.Evidence,
		Need: r.Need, Drifted: r.Drifted, Drift: r.Drift,
	}
	for _, a := range r.Apart {
		v.Apart = append(v.Apart, feed.Apart(a))
	}
	return v
}

type markRecord struct {
	Read    bool  `cbor:"1,keyasint,omitempty"`
	Starred bool  `cbor:"2,keyasint,omitempty"`
	ReadAt  int64 `cbor:"3,keyasint,omitempty"` // Unix milliseconds
	StarAt  int64 `cbor:"4,keyasint,omitempty"`
	Opened  int64 `cbor:"5,keyasint,omitempty"`
}

func recordMark(m feed.Mark) markRecord {
	return markRecord{Read: m.Read, Starred: m.Starred, ReadAt: millis(m.ReadAt), StarAt: millis(m.StarAt), Opened: millis(m.Opened)}
}

func (r *markRecord) mark() feed.Mark {
	return feed.Mark{Read: r.Read, Starred: r.Starred, ReadAt: fromMillis(r.ReadAt), StarAt: fromMillis(r.StarAt), Opened: fromMillis(r.Opened)}
}

// decisionRecord has, beside the decision itself, what taking it back needs.
type decisionRecord struct {
	Kind    string   `cbor:"1,keyasint"`
	At      int64    `cbor:"2,keyasint,omitempty"` // Unix milliseconds
	Entries []uint64 `cbor:"3,keyasint,omitempty"`
	From    uint64   `cbor:"4,keyasint,omitempty"`
	To      uint64   `cbor:"5,keyasint,omitempty"`
	Others  []uint64 `cbor:"6,keyasint,omitempty"`

	Moved    []uint64        `cbor:"7,keyasint,omitempty"`  // Entries as they were then, whatever other decisions took from them since
	Verdicts []verdictRecord `cbor:"8,keyasint,omitempty"`  // of Moved, in their order, in the story that they left
	Lead     uint64          `cbor:"9,keyasint,omitempty"`  // of that story
	Story    *storyRecord    `cbor:"10,keyasint,omitempty"` // that story, where the decision dissolved it
	Mark     *markRecord     `cbor:"11,keyasint,omitempty"` // and its mark
	Starred  bool            `cbor:"12,keyasint,omitempty"` // the decision starred To, because From was
}

func (r *decisionRecord) decision(id uint64) feed.Decision {
	return feed.Decision{
		ID: id, Kind: feed.DecisionKind(r.Kind), At: fromMillis(r.At), Entries: r.Entries, From: r.From, To: r.To, Others: r.Others,
	}
}
