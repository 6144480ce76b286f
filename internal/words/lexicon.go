package words

import (
	"context"
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Lexicon is all languages there are.
type Lexicon struct {
	all     []*Language // English first
	matcher language.Matcher

	mu    sync.Mutex
	asked map[string]*Language // by Accept-Language, for the few that browsers send
}

// Read reads the message files of a folder, one for each language besides English:
// de.po, fr.po.
func Read(files fs.FS) (*Lexicon, error) {
	english := &Language{tag: language.English, style: styleOf("en")}
	others, err := read(files)
	if err != nil {
		return nil, err
	}
	x := &Lexicon{all: append([]*Language{english}, others...)}
	var tags []language.Tag
	for _, l := range x.all {
		tags = append(tags, l.tag)
	}
	x.matcher = language.NewMatcher(tags)
	return x, nil
}

// Languages lists all languages, English first, for their tags and names: one that
// speaks is given by Find and Choose. The list must not be changed.
func (x *Lexicon) Languages() []*Language { return x.all }

// Find gives the language with this tag, nil for none.
func (x *Lexicon) Find(tag string) *Language {
	for _, l := range x.all {
		if l.Tag() == tag {
			return x.ready(l)
		}
	}
	return nil
}

// ready is l with its messages; English where they can't be read (Check tells why).
func (x *Lexicon) ready(l *Language) *Language {
	if l.load != nil && l.load() != nil {
		return x.all[0]
	}
	return l
}

// Check reads all message files.
func (x *Lexicon) Check() error {
	for _, l := range x.all[1:] {
		if err := l.load(); err != nil {
			return err
		}
	}
	return nil
}

// Bounds of what is remembered of headers.
const (
	mostAsked  = 500
	mostHeader = 200 // bytes; what browsers send is shorter
)

// Choose gives the language for an Accept-Language header; English for one that
// can't be read or asks for none of ours.
func (x *Lexicon) Choose(accept string) *Language {
	if len(accept) > mostHeader { // what is wanted most stands first
		accept = accept[:max(strings.LastIndexByte(accept[:mostHeader], ','), 0)]
	}
	if accept == "" {
		return x.all[0]
	}
	x.mu.Lock()
	l, ok := x.asked[accept]
	x.mu.Unlock()
	if ok {
		return l
	}
	l = x.match(accept)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.asked == nil || len(x.asked) >= mostAsked {
		x.asked = map[string]*Language{}
	}
	x.asked[accept] = l
	return l
}

func (x *Lexicon) match(accept string) *Language {
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return x.all[0]
	}
	_, i, confidence := x.matcher.Match(wanted...)
	if confidence == language.No {
		return x.all[0]
	}
	return x.ready(x.all[i])
}

type contextKey struct{}

// With says in which language what ctx belongs to speaks. It is asked for when it is
// first wanted, and then once.
func With(ctx context.Context, choose func() *Language) context.Context {
	return context.WithValue(ctx, contextKey{}, sync.OnceValue(choose))
}

// From gives the language of ctx; English where none was said.
func From(ctx context.Context) *Language {
	if choose, ok := ctx.Value(contextKey{}).(func() *Language); ok {
		return choose()
	}
	return nil
}
