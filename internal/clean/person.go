package clean

import (
	"strings"

	"tidings/internal/feed"
	"tidings/internal/parse"
	"tidings/internal/sanitize"
)

// people are names, mail addresses and homepages; each person once.
func (c *Cleaner) people(list []parse.Person) []feed.Person {
	var out []feed.Person
	for _, p := range list {
		if len(out) >= maxList {
			break
		}
		q := c.person(p)
		if q != (feed.Person{}) && !known(out, q) {
			out = append(out, q)
		}
	}
	return out
}

func (c *Cleaner) person(p parse.Person) feed.Person {
	q := feed.Person{URI: c.r.web(p.URI)}
	if p.Raw != "" {
		q.Name, q.Email = splitPerson(fold(p.Raw))
	} else {
		q.Name, q.Email = fold(p.Name), fold(p.Email)
		if q.Email == "" && strings.ContainsRune(q.Name, '@') {
			q.Name, q.Email = splitPerson(q.Name)
		}
	}
	q.Name, q.Email = clip(sanitize.Title(q.Name), maxPerson), clip(q.Email, maxName)
	if !isMail(q.Email) {
		q.Email = ""
	}
	if q.Name == "" && p.Name != "" { // Atom's name is what its author wants to be called
		q.Name = q.Email
	}
	return q
}

// known reports whether p is among people already: RSS items name one author by
// author and dc:creator.
func known(people []feed.Person, p feed.Person) bool {
	for _, q := range people {
		if p == q || p.Email == "" && p.URI == "" && p.Name == q.Name {
			return true
		}
	}
	return false
}

// splitPerson splits "Name <mail>", "mail (Name)", "Name (mail)", "mail, Name"
// and "Name mail". Without a mail address all of it is the name.
func splitPerson(s string) (name, mail string) {
	start, end := mailIn(s)
	if start < 0 {
		return strings.TrimSpace(s), ""
	}
	mail = s[start:end]
	before := strings.TrimRight(s[:start], " <([,;:")
	before = strings.TrimSuffix(strings.TrimSpace(before), "mailto")
	name = strings.TrimSpace(strings.TrimRight(before, " <([,;:"))
	rest := strings.TrimSpace(strings.TrimLeft(s[end:], " >)],;:-"))
	if strings.HasPrefix(rest, "(") && strings.HasSuffix(rest, ")") {
		rest = strings.TrimSpace(rest[1 : len(rest)-1])
	}
	switch {
	case name == "":
		name = balance(rest)
	case rest != "":
		name += " " + rest
	}
	return strings.Trim(name, `" `), mail
}

// balance drops a bracket that lost its other half to the mail address.
func balance(s string) string {
	if strings.Count(s, ")") != strings.Count(s, "(") {
		s = strings.Trim(s, "()")
	}
	return strings.TrimSpace(s)
}

// mailIn finds the first mail address in s; -1 if there is none.
func mailIn(s string) (start, end int) {
	for from := 0; ; {
		at := strings.IndexByte(s[from:], '@')
		if at < 0 {
			return -1, -1
		}
		at += from
		start, end = at, at+1
		for start > 0 && isMailByte(s[start-1]) {
			start--
		}
		for end < len(s) && isMailByte(s[end]) {
			end++
		}
		end = start + len(strings.TrimRight(s[start:end], "."))
		if isMail(s[start:end]) {
			return start, end
		}
		from = at + 1
	}
}

func isMailByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c >= 0x80 || strings.IndexByte("._%+-'", c) >= 0
}

// isMail reports whether s may be a mail address.
func isMail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at > 0 && at < len(s)-1 && strings.IndexByte(s[at+1:], '@') < 0 && !strings.ContainsAny(s, " <>()\"")
}
