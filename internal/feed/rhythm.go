package feed

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Rhythm is when a feed publishes, as far as has been seen: what package schedule
// makes of the times of its entries. It is a summary of fixed size, for a log of
// times would grow with the feed.
type Rhythm struct {
	// Hours and Days count entries by the UTC hour and weekday (Sunday is 0) of
	// their publication, in 64ths, older ones counting less.
	Hours [24]uint16
	Days  [7]uint16

	Watched time.Duration // how long a time the counts are of, older time counting less
	Recent  float32       // moments of publication of late, fading within hours
	Longest time.Duration // its usual longest pause between two entries; 0 if unknown

	At    time.Time // up to when all this is known; zero: nothing is
	Aged  time.Time // when the counts last lost weight
	Last  time.Time // when it published last, as far as is known
	First time.Time // when we began to watch, or what is older: the oldest entry counted
}

// rhythmSize is the length of a rhythm as bytes.
const rhythmSize = 2*24 + 2*7 + 7*4

// Bytes gives the rhythm as 90 bytes, none where nothing is known. Times are kept to
// the second, durations to the minute.
func (r Rhythm) Bytes() []byte {
	if r.At.IsZero() {
		return nil
	}
	b := make([]byte, 0, rhythmSize)
	for _, n := range r.Hours {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	for _, n := range r.Days {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(r.Watched/time.Minute))
	b = binary.BigEndian.AppendUint32(b, math.Float32bits(r.Recent))
	b = binary.BigEndian.AppendUint32(b, uint32(r.Longest/time.Minute))
	for _, t := range []time.Time{r.At, r.Aged, r.Last, r.First} {
		b = binary.BigEndian.AppendUint32(b, shortTime(t))
	}
	return b
}

// RhythmOf reads what [Rhythm.Bytes] gave; no bytes are the zero rhythm.
func RhythmOf(b []byte) (r Rhythm, err error) {
	if len(b) == 0 {
		return r, nil
	}
	if len(b) != rhythmSize {
		return r, errors.New("read a rhythm: wrong length")
	}
	for i := range r.Hours {
		r.Hours[i], b = binary.BigEndian.Uint16(b), b[2:]
	}
	for i := range r.Days {
		r.Days[i], b = binary.BigEndian.Uint16(b), b[2:]
	}
	word := func() uint32 {
		n := binary.BigEndian.Uint32(b)
		b = b[4:]
		return n
	}
	r.Watched = time.Duration(word()) * time.Minute
	if f := math.Float32frombits(word()); f >= 0 && f < 1e6 { // neither NaN nor nonsense
		r.Recent = f
	}
	r.Longest = time.Duration(word()) * time.Minute
	for _, t := range []*time.Time{&r.At, &r.Aged, &r.Last, &r.First} {
		*t = longTime(word())
	}
	return r, nil
}

// shortTime is a time as Unix seconds that last until 2106; 0 for none.
func shortTime(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(min(max(t.Unix(), 1), math.MaxUint32))
}

func longTime(n uint32) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}
