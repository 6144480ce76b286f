package boltstore

import (
	"bytes"
	"cmp"
	"math"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"tidings/internal/feed"
)

// FuzzKeys demands of two sets of numbers that their keys split into what they
// were built of, and are in the order of the numbers.
func FuzzKeys(f *testing.F) {
	f.Add(uint64(0), int64(0), uint64(0), uint64(1), int64(-1), uint64(2))
	f.Add(uint64(math.MaxUint64), int64(math.MinInt64), uint64(7), uint64(256), int64(math.MaxInt64), uint64(255))
	f.Fuzz(func(t *testing.T, a1 uint64, s1 int64, b1 uint64, a2 uint64, s2 int64, b2 uint64) {
		p1, p2 := place{s1, b1}, place{s2, b2}
		k1, k2 := riverKey(a1, p1), riverKey(a2, p2)
		if a, p, ok := splitRiver(k1); !ok || a != a1 || p != p1 {
			t.Errorf("river %d %v became %d %v", a1, p1, a, p)
		}
		if got, want := bytes.Compare(k1, k2), cmp.Or(cmp.Compare(a1, a2), cmp.Compare(s1, s2), cmp.Compare(b1, b2)); got != want {
			t.Errorf("river keys compare %d, want %d", got, want)
		}
		k1, k2 = starredKey(p1), starredKey(p2)
		if p, ok := splitStarred(k1); !ok || p != p1 {
			t.Errorf("starred %v became %v", p1, p)
		}
		if got := bytes.Compare(k1, k2) < 0; got != p1.older(p2) {
			t.Errorf("starred: %v before %v is %v", p1, p2, got)
		}
		if s, m, ok := splitMember(memberKey(a1, b1, a2)); !ok || s != a1 || m != (member{b1, a2}) {
			t.Errorf("member became %d %v", s, m)
		}
		if e, s, ok := splitEvent(eventKey(a1, b1)); !ok || e != a1 || s != b1 {
			t.Errorf("event became %d %d", e, s)
		}
		if a, b, ok := splitArrival(arrivalKey(a1, b1)); !ok || a != a1 || b != b1 {
			t.Errorf("arrival became %d %d", a, b)
		}
		if a, ok := splitCount(countKey(a1)); !ok || a != a1 {
			t.Errorf("count became %d", a)
		}
	})
}

// FuzzTimes demands that times in keys come back, in their order.
func FuzzTimes(f *testing.F) {
	f.Add(int64(0), int64(1), uint64(3))
	f.Add(int64(-5000), int64(4102444800000), uint64(0))
	f.Fuzz(func(t *testing.T, ms1, ms2 int64, id uint64) {
		const far = 1 << 50
		ms1, ms2 = ms1%far, ms2%far
		t1, t2 := fromMillis(ms1), fromMillis(ms2)
		if at, got, ok := splitDue(dueKey(t1, id)); !ok || got != id || !at.Equal(t1) {
			t.Errorf("due %v became %v", t1, at)
		}
		if got := bytes.Compare(dueKey(t1, id), dueKey(t2, id)); got != cmp.Compare(ms1, ms2) {
			t.Errorf("due keys of %v and %v compare %d", t1, t2, got)
		}
		if at, got, ok := splitSketch(sketchKey(t1, id)); !ok || got != id || at.Unix() != t1.Unix() {
			t.Errorf("sketch %v became %v", t1, at)
		}
	})
}

// FuzzJunk demands that nothing of a damaged file makes a panic.
func FuzzJunk(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte{0})
	f.Add(packRemembered(remembered{hash: 7, served: -3, absences: 2, missed: 20000, keys: []feed.Key{{1}}}))
	f.Add([]byte{bodyZstd, 0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x00, 0xff})
	f.Add(bytes.Repeat([]byte{0xff}, 24))
	f.Add(packSketch(feed.Sketched{Feed: 1, Story: 9, Event: 4, Sketch: []byte("s")}))
	f.Add([]byte{0xbf, 0x01, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	c, err := newCodec()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		splitRiver(b)
		splitStarred(b)
		splitMember(b)
		splitArrival(b)
		splitEvent(b)
		splitCount(b)
		splitDue(b)
		splitSketch(b)
		splitSeen(b)
		unpackDue(b)
		unpackSeen(b)
		if k, ok := unpackRemembered(b); ok {
			again, ok := unpackRemembered(packRemembered(k))
			if !ok || !gocmp.Equal(again, k, gocmp.AllowUnexported(remembered{})) {
				t.Errorf("%+v became %+v", k, again)
			}
		}
		if s, ok := unpackSketch(b); ok {
			if again, ok := unpackSketch(packSketch(s)); !ok || !gocmp.Equal(s, again) {
				t.Errorf("%+v became %+v", s, again)
			}
		}
		if n, ok := unpackCount(b); ok && n.entries >= 0 && n.unread >= 0 {
			if again, ok := unpackCount(packCount(n)); !ok || again != n {
				t.Errorf("%+v became %+v", n, again)
			}
		}
		_, _ = c.unpackBody(b)
		for _, r := range []any{&subscriptionRecord{}, &stateRecord{}, &entryRecord{}, &bodyRecord{}, &storyRecord{}, &verdictRecord{}, &markRecord{},
			&decisionRecord{}, &homeRecord{}, &addressRecord{}} {
			_ = c.read(b, r)
		}
		var s storyRecord
		if c.read(b, &s) == nil {
			s.story(1)
		}
	})
}

func TestBodiesArePackedWhereItHelps(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	long := feed.Body{Content: feed.HTML(bytes.Repeat([]byte("<p>the same words</p>"), 200))}
	for _, x := range []struct {
		b   feed.Body
		how byte
		max int
	}{
		{feed.Body{}, bodyRaw, 2},
		{feed.Body{Summary: "<p>short</p>"}, bodyRaw, 20},
		{long, bodyZstd, 200},
	} {
		v, err := c.packBody(&x.b)
		if err != nil {
			t.Fatal(err)
		}
		if v[0] != x.how || len(v) > x.max {
			t.Errorf("%d bytes packed as %d; want %d and at most %d bytes", len(v), v[0], x.how, x.max)
		}
		got, err := c.unpackBody(v)
		if err != nil || !gocmp.Equal(got, x.b) {
			t.Errorf("body became %+v, %v", got, err)
		}
	}
}

// A damaged or hostile file must not take the machine's memory.
func TestBodyBombsAreRefused(t *testing.T) {
	c, err := newCodec()
	if err != nil {
		t.Fatal(err)
	}
	bomb := c.press.EncodeAll(make([]byte, maxBody+1), []byte{bodyZstd})
	if _, err := c.unpackBody(bomb); err == nil {
		t.Error("a body that is too large was unpacked")
	}
}

func TestURNsComeBack(t *testing.T) {
	for _, urn := range []string{"", feed.StoryURN("https://a.example/", "x"), "urn:uuid:", "tag:a.example,2026:1",
		"urn:uuid:00000000-0000-0000-0000-00000000000", "urn:uuid:AAAAAAAA-0000-5000-8000-000000000000", "000000000000500080000000000000ff"} {
		r := recordStory(feed.Story{URN: urn, Time: time.Unix(1, 0)}, feed.Relation{})
		if got := r.story(1).URN; got != urn {
			t.Errorf("%q became %q", urn, got)
		}
	}
}
