package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tidings/internal/feed"
)

// html takes everything for clean; the tests' texts are.
func html(s string) (h feed.HTML) {
	reflect.ValueOf(&h).Elem().SetString(s)
	return h
}

// filled sets every field of a value to something, times to the millisecond.
func filled(v reflect.Value, rng *rand.Rand) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), rng)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.UnixMilli(rng.Int64N(2e12)).UTC()))
			return
		}
		for i := range v.NumField() {
			filled(v.Field(i), rng)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			filled(v.Index(i), rng)
		}
	case reflect.Array:
		for i := range v.Len() {
			filled(v.Index(i), rng)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("https://x.example/<&\u2028>%x", rng.Uint64()))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(rng.Float64() * 10)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(1 + rng.Int64N(100))
		if v.Type() == reflect.TypeFor[time.Duration]() {
			v.SetInt(rng.Int64N(1e15)) // 1 h / 7 isn't whole either
		}
	case reflect.Uint64:
		v.SetUint(1 + rng.Uint64N(1<<53-2))
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(rng.Uint64N(256))
	default:
		panic("fill a " + v.Kind().String())
	}
}

// facts gives one of each kind, every field filled.
func facts(seed uint64) []any {
	rng := rand.New(rand.NewPCG(seed, 1))
	fs := []any{&feed.Numbers{}, &feed.KeptFeed{}, &feed.List{}, &feed.KeptSetting{}, &feed.KeptIcon{}, &feed.KeptSeen{}, &feed.KeptHour{}, &feed.KeptDay{},
		&feed.KeptStory{}, &feed.KeptDecision{}, &feed.KeptDissolved{}, &feed.KeptGone{}, &feed.KeptGoneSeen{}, &feed.KeptGoneStory{},
		&feed.KeptGoneDay{}, &feed.Subscriber{}}
	for _, f := range fs {
		filled(reflect.ValueOf(f).Elem(), rng)
	}
	tidy(fs)
	return fs
}

// tidy puts right what has one value only, or follows from something else.
func tidy(fs []any) {
	for _, fact := range fs {
		switch f := fact.(type) {
		case *feed.KeptFeed:
			tidyFeed(f)
		case *feed.KeptGone:
			tidyFeed(&f.KeptFeed)
			for i := range f.Hours {
				f.Hours[i].At = f.Hours[i].At.Truncate(time.Hour)
			}
		case *feed.KeptHour:
			f.At = f.At.Truncate(time.Hour)
		case *feed.KeptDay:
			f.Day = f.Day.Truncate(24 * time.Hour)
		case *feed.KeptGoneDay:
			f.Day = f.Day.Truncate(24 * time.Hour)
		case *feed.KeptIcon:
			f.PNG = icon(16)
		case *feed.List:
			f.State.Feed, f.State.Lease = 0, time.Time{}
			settle(&f.State)
		case *feed.KeptSetting:
			f.Name = "fold/folder/<x>"
		case *feed.KeptStory:
			tidyStory(f)
		case *feed.KeptGoneStory:
			tidyStory(&f.KeptStory)
		case *feed.KeptDecision:
			f.Kind, f.Story.Copies, f.Story.Time = feed.Join, 0, f.Story.Time.Truncate(time.Second)
		}
	}
}

func tidyFeed(f *feed.KeptFeed) {
	f.State.Feed, f.State.Lease = f.Subscription.ID, time.Time{}
	settle(&f.State)
	k := &f.Subscription.Keep
	*k = []feed.Keep{{Ever: true}, {Days: k.Days}, {Newest: k.Newest}}[f.Subscription.ID%3] // one is set
}

func tidyStory(f *feed.KeptStory) {
	f.Story.Copies, f.Story.Time = 0, f.Story.Time.Truncate(time.Second)
	for i := range f.Members {
		m := &f.Members[i]
		m.Entry.Story, m.FullText.Entry = f.Story.ID, m.Entry.ID
		m.Body.Full, m.Earlier.Body.Full = "", "" // filled by whoever shows it
	}
	f.Members[0].Entry.GUID = "not UTF-8: \xff\xfe"
}

// icon is a PNG with sides of so many pixels.
func icon(side int) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// settle puts a state into the form in which it is kept: a hub's promise is of this
// process, and summaries are as exact as their bytes.
func settle(s *feed.State) {
	s.PushUntil = time.Time{}
	s.Rhythm, _ = feed.RhythmOf(s.Rhythm.Bytes())
	s.Ledger = feed.LedgerOf(s.Ledger.Bytes())
}

func written(t *testing.T, fs []any) []byte {
	t.Helper()
	var b bytes.Buffer
	err := Write(&b, Options{Subscribers: true}, func(yield func(any) error) error {
		for _, f := range fs {
			if err := yield(f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(b []byte, line int) (fs []any, problems []feed.Problem, err error) {
	a, err := open(context.Background(), bytes.NewReader(b), int64(len(b)), html, line)
	if err != nil {
		return nil, nil, err
	}
	err = a.Facts(context.Background(), true, func(_ feed.Line, f any) error {
		fs = append(fs, f)
		return nil
	}, func(p feed.Problem) { problems = append(problems, p) })
	return fs, problems, err
}

// Every field of every fact comes back. A field that is added to a noun and not to the
// format fails here.
func TestEveryFieldComesBack(t *testing.T) {
	for seed := range uint64(20) {
		want := facts(seed)
		b := written(t, want)
		got, problems, err := readAll(b, maxLine)
		if err != nil || len(problems) > 0 {
			t.Fatalf("%v, %v", problems, err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
		if again := written(t, got); !bytes.Equal(b, again) {
			t.Fatal("written again, it has other bytes")
		}
	}
}

func TestSecretsStay(t *testing.T) {
	var b bytes.Buffer
	fs := append(facts(1), &feed.KeptSetting{Name: "password", Value: []byte("x")}, &feed.KeptSetting{Name: "session/1"},
		&feed.KeptSetting{Name: "feed-key"}, &feed.KeptSetting{Name: "feed-secret"}, &feed.KeptSetting{Name: "folding"})
	err := Write(&b, Options{}, func(yield func(any) error) error {
		for _, f := range fs {
			if err := yield(f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := readAll(b.Bytes(), maxLine)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got {
		if s, ok := f.(*feed.KeptSetting); ok && s.Name != "fold/folder/<x>" {
			t.Errorf("the setting %s left", s.Name)
		}
		if _, ok := f.(*feed.Subscriber); ok {
			t.Error("a subscriber with its secret left unasked")
		}
	}
}

// The keys in addresses of feeds leave with those who have them, and come back.
func TestKeysLeaveOnDemand(t *testing.T) {
	for _, name := range []string{"feed-key", "feed-salt/x", "feed-secret"} {
		fs, problems, err := readAll(written(t, []any{&feed.Numbers{}, &feed.KeptSetting{Name: name, Value: []byte("k")}}), maxLine)
		if err != nil || len(problems) > 0 || len(fs) != 2 || fs[1].(*feed.KeptSetting).Name != name {
			t.Errorf("%s: %v, %v, %v", name, fs, problems, err)
		}
	}
}

func TestWhatIsNoIconStaysOut(t *testing.T) {
	good, err := json.Marshal(icon(64))
	large, err2 := json.Marshal(icon(65))
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	lines := fmt.Sprintf(`{"source":"https://a.example","png":%s}
{"source":"https://b.example","png":%s}
{"source":"https://c.example","png":"PHN2Zz4="}
{"png":%s}
{"source":"https://d.example"}`, good, large, good)
	fs, problems, err := readAll(zipped(t, fileIcons, lines), maxLine)
	if err != nil || len(fs) != 3 || len(problems) != 3 {
		t.Errorf("%d facts, %v, %v", len(fs), problems, err)
	}
}

// zipped makes an archive of one file beside the manifest.
func zipped(t testing.TB, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range [][2]string{{fileManifest, `{"format":"tidings-archive","version":1}`}, {name, content}} {
		w, err := z.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABadLineCostsItselfAlone(t *testing.T) {
	good := `{"feed":1,"url":"https://a.example/"}`
	for what, c := range map[string]struct {
		lines string
		facts int
		bad   []int
	}{
		"none":               {"", 0, nil},
		"no end":             {good, 1, nil},
		"Windows":            {good + "\r\n" + good + "\r\n", 2, nil},
		"blank":              {"\n \n" + good, 1, nil},
		"half":               {good + "\n" + good[:9] + "\n" + good, 2, []int{2}},
		"long":               {good + "\n" + strings.Repeat("x", 5000) + "\n" + good, 2, []int{2}},
		"long and last":      {good + "\n" + strings.Repeat("x", 5000), 1, []int{2}},
		"an array":           {"[]\n" + good, 1, []int{1}},
		"null":               {"null\n" + good, 1, []int{1}},
		"two":                {good + good + "\n" + good, 1, []int{1}},
		"a number too great": {`{"feed":9007199254740992,"url":"https://a.example/"}`, 0, []int{1}},
		"no number":          {`{"feed":1.5,"url":"https://a.example/"}`, 0, []int{1}},
		"a file":             {`{"feed":1,"url":"file:///etc/passwd"}`, 0, []int{1}},
		"no year":            {`{"feed":1,"url":"https://a.example/","added":"soon"}`, 0, []int{1}},
		"a field unknown":    {`{"feed":1,"url":"https://a.example/","mood":"good"}`, 1, nil},
	} {
		fs, problems, err := readAll(zipped(t, fileFeeds, c.lines), 4096)
		var bad []int
		for _, p := range problems {
			bad = append(bad, p.Number)
			if p.File != fileFeeds || p.Reason == "" {
				t.Errorf("%s: %+v", what, p)
			}
		}
		if err != nil || len(fs)-1 != c.facts || !cmp.Equal(bad, c.bad) {
			t.Errorf("%s: %d facts, bad lines %v, %v; want %d and %v", what, len(fs)-1, bad, err, c.facts, c.bad)
		}
	}
}

func TestAddressesThatActAreLeftOut(t *testing.T) {
	line := `{"story":1,"urn":"u","lead":1,"time":"2026-03-01T12:00:00Z","members":[{"entry":{"entry":1,"feed":1,"url":"javascript:alert(1)",` +
		`"image":"data:x","enclosures":[{"url":"file:///x"}],"authors":[{"uri":"JavaScript:x"}],"source":{"link":"vbscript:x"}},` +
		`"body":{"links":[{"href":"javascript:x"}],"comments":"x:","media":["y:","https://ok.example/"],"thumbnails":["z"]}}]}`
	fs, problems, err := readAll(zipped(t, fileStories, line), maxLine)
	if err != nil || len(problems) > 0 || len(fs) != 2 {
		t.Fatalf("%v, %v, %v", fs, problems, err)
	}
	m := fs[1].(*feed.KeptStory).Members[0]
	if m.Entry.URL+m.Entry.Image+m.Entry.Authors[0].URI+m.Entry.Source.Link+m.Body.Comments != "" || len(m.Entry.Enclosures)+len(m.Body.Links)+len(m.Body.Thumbnails) > 0 || len(m.Body.Media) != 1 {
		t.Errorf("%+v", m)
	}
}

// What is no story line must not end the program, whatever it is.
func FuzzReadLine(f *testing.F) {
	for _, file := range jsonFiles() {
		f.Add([]byte(`{"story":1,"urn":"u","time":"2026-03-01T12:00:00Z","members":[{"entry":{"entry":1,"feed":1,"guid":{"base64":"/w=="}}}]}`))
		f.Add([]byte(`{"` + file.name + `":1,"feed":1,"entry":1,"keys":["00"],"hash":"0"}`))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		for _, file := range jsonFiles() {
			fact, err := file.read(line, html)
			if err != nil {
				continue
			}
			var b bytes.Buffer
			if err := Write(&b, Options{Subscribers: true}, func(yield func(any) error) error { return yield(fact) }); err != nil {
				t.Fatalf("%s: %+v was read and can't be written: %v", file.name, fact, err)
			}
		}
	})
}
