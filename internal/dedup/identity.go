package dedup

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"time"

	"tidings/internal/feed"
)

// Head is the part of an item that identifies it, as published.
type Head struct {
	GUID        string
	IsPermaLink bool   // the guid is the address
	URL         string // absolute; may be empty
	Title       string // plain text; may be empty
	Published   time.Time
	Hash        uint64 // of the item as published; tells items apart that nothing else does
}

// The ranks of keys; a key's first byte is its rank, so that equal keys have
// equal rank, and those of an entry sort by strength. They are stored.
const (
	rankGuidAddress = iota + 1
	rankGuidTitle
	rankGuidTime
	rankAddressTitle
	rankGuid
	rankAddress
	rankAddressTime
	rankTitleTime
	rankTitle
	rankAll
	rankItem
)

// Identify gives the keys of each item of one document, the strongest first,
// all distinct within the document. reused says that guids of this feed were
// seen reused before; nowReused says it for the next time, and stays true.
//
// The keys of a pure repetition are nil: skip it. It has guid, title, address and
// time of an earlier item, and the same text or at least a title and a permalink.
func Identify(heads []Head, reused bool) (keys [][]feed.Key, nowReused bool) {
	d := readSigns(heads)
	d.reused = reused || d.repeatsGUIDs()
	keys = make([][]feed.Key, len(heads))
	carriers := make(map[feed.Key]int, 6*len(heads))
	for i := range d.signs {
		if d.signs[i].repetition {
			continue
		}
		keys[i] = d.keys(&d.signs[i])
		for _, k := range keys[i] {
			carriers[k]++
		}
	}
	for i := range keys {
		keys[i] = keepUnshared(keys[i], carriers)
		if len(keys[i]) == 0 && !d.signs[i].repetition {
			keys[i] = d.lastResort(i)
		}
	}
	return keys, d.reused
}

// keepUnshared drops the keys that several items have.
func keepUnshared(keys []feed.Key, carriers map[feed.Key]int) []feed.Key {
	kept := keys[:0]
	for _, k := range keys {
		if carriers[k] == 1 {
			kept = append(kept, k)
		}
	}
	return kept
}

// signs are the four signs of an item, as hashes; 0 where it has none.
type signs struct {
	guid, address, title, published uint64

	item       uint64 // hash of the item as published
	permalink  bool   // the address is one of an article
	shared     bool   // several items of the document have the address
	precise    bool   // the time is no mere date
	repetition bool   // of an earlier item
}

// document are the signs of all items of a document.
type document struct {
	signs    []signs
	reused   bool // guids don't count
	oneTime  bool // all items, two or more, have one time
	distinct int  // items that aren't repetitions
}

func readSigns(heads []Head) *document {
	d := &document{signs: make([]signs, len(heads))}
	for i, h := range heads {
		d.signs[i] = signsOf(h)
	}
	d.markRepetitions()
	d.markShared()
	return d
}

func signsOf(h Head) signs {
	s := signs{title: titleHash(h.Title), item: h.Hash}
	if guid := canonicalGUID(h.GUID); guid != "" {
		s.guid = hashString(guid)
	}
	if address := headAddress(h); address != "" {
		s.address = hashString(address)
		s.permalink = Permalink(address)
	}
	if !h.Published.IsZero() {
		t := h.Published.Unix()
		s.published = finish(uint64(t))
		s.precise = t%1800 != 0
	}
	return s
}

// headAddress is the canonical address of an item, for which a guid may stand.
func headAddress(h Head) string {
	if h.URL == "" && h.IsPermaLink {
		return CanonicalURL(h.GUID)
	}
	return CanonicalURL(h.URL)
}

// titleHash is the hash of a title's words or, if it has none, of the title
// as it is; 0 for an empty one.
func titleHash(title string) uint64 {
	if t := sumText(title); t.hash != 0 {
		return t.hash
	}
	if title = strings.TrimSpace(title); title != "" {
		return hashString(title)
	}
	return 0
}

// canonicalGUID folds what publishers flip in guids that are addresses: scheme,
// www, a slash at the end, and for all guids white space around them. Case
// is kept: guids may differ in nothing else.
func canonicalGUID(guid string) string {
	guid = strings.TrimSpace(guid)
	if _, ok := afterScheme(guid); !ok {
		return guid
	}
	_, rest, _ := strings.Cut(guid, ":")
	rest = strings.TrimLeft(rest, "/")
	if len(rest) > 4 && strings.EqualFold(rest[:4], "www.") {
		rest = rest[4:]
	}
	return "//" + strings.TrimRight(rest, "/")
}

// markRepetitions finds items that say nothing an earlier one doesn't.
func (d *document) markRepetitions() {
	seen := make(map[signs]bool, len(d.signs))
	for i := range d.signs {
		s := &d.signs[i]
		k := *s
		if s.permalink && s.title != 0 {
			k.item = 0
		}
		s.repetition = seen[k]
		seen[k] = true
	}
}

// markShared finds addresses and a time that can't tell items apart.
func (d *document) markShared() {
	addresses, times := map[uint64]int{}, map[uint64]int{}
	for _, s := range d.signs {
		if !s.repetition {
			d.distinct++
			addresses[s.address]++
			times[s.published]++
		}
	}
	for i := range d.signs {
		d.signs[i].shared = addresses[d.signs[i].address] > 1
	}
	d.oneTime = d.distinct > 1 && len(times) == 1
}

// repeatsGUIDs reports whether one guid stands on several items.
func (d *document) repeatsGUIDs() bool {
	seen := make(map[uint64]bool, len(d.signs))
	for _, s := range d.signs {
		if s.guid == 0 || s.repetition {
			continue
		}
		if seen[s.guid] {
			return true
		}
		seen[s.guid] = true
	}
	return false
}

// keys are the keys of an item by the table in the package comment, before
// those that others have as well are left out.
func (d *document) keys(s *signs) []feed.Key {
	keys := make([]feed.Key, 0, 6)
	guid, address := s.guid != 0 && !d.reused, s.permalink && !s.shared
	title, published := s.title != 0, s.published != 0
	put := func(ok bool, rank byte, signs ...uint64) {
		if ok {
			keys = append(keys, makeKey(rank, signs...))
		}
	}
	put(guid && address, rankGuidAddress, s.guid, s.address)
	put(guid && title, rankGuidTitle, s.guid, s.title)
	put(guid && published, rankGuidTime, s.guid, s.published)
	put(address && title, rankAddressTitle, s.address, s.title)
	put(guid && count(address, title, published) < 2, rankGuid, s.guid)
	put(!guid && address, rankAddress, s.address)
	put(address && published, rankAddressTime, s.address, s.published)
	put(title && published && (s.precise || !guid && !address), rankTitleTime, s.title, s.published)
	put(title && !guid && !address && (!published || d.oneTime), rankTitle, s.title)
	return keys
}

// count says how many are true.
func count(claims ...bool) (n int) {
	for _, c := range claims {
		if c {
			n++
		}
	}
	return n
}

// lastResort is the key of an item that no sign tells from the others.
func (d *document) lastResort(i int) []feed.Key {
	s := &d.signs[i]
	for j := range d.signs {
		o := &d.signs[j]
		if i != j && !o.repetition && s.all() == o.all() {
			all := s.all()
			return []feed.Key{makeKey(rankItem, all[0], all[1], all[2], all[3], s.item)}
		}
	}
	all := s.all()
	return []feed.Key{makeKey(rankAll, all[:]...)}
}

func (s *signs) all() [4]uint64 { return [4]uint64{s.guid, s.address, s.title, s.published} }

// makeKey hashes signs into a key of the given rank.
func makeKey(rank byte, signs ...uint64) feed.Key {
	b := make([]byte, 1, 1+5*8)
	b[0] = rank
	for _, s := range signs {
		b = binary.BigEndian.AppendUint64(b, s)
	}
	h := sha256.Sum256(b)
	k := feed.Key(h[:16])
	k[0] = rank
	return k
}

// FounderKey is what identifies an item for good, for [feed.StoryURN]. Two items
// of a document that aren't repetitions never share it, nor do, with a guid that
// counts, two entries that [Resolve] tells apart by two signs. It is the guid with
// the time or else the address, or, where the guid doesn't count, everything: the
// text as well if there isn't both a permalink and a title. reused is what
// Identify said of this document.
func FounderKey(h Head, reused bool) string {
	guid, address, when := canonicalGUID(h.GUID), headAddress(h), ""
	if !h.Published.IsZero() {
		when = strconv.FormatInt(h.Published.Unix(), 10)
	}
	if guid == "" || reused {
		title := strings.TrimSpace(h.Title)
		key := strings.Join([]string{guid, address, title, when}, "\n")
		if title == "" || !Permalink(address) {
			key += "\n" + strconv.FormatUint(h.Hash, 16)
		}
		return key
	}
	switch {
	case when != "":
		return guid + "\n" + when
	case Permalink(address):
		return guid + "\n" + address
	}
	return guid
}
