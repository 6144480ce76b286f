package parse

import "strings"

// Here stands how elements that are open are kept.

// target is where elements go now.
func (t *tailor) target() *[]byte {
	for i := len(t.stack) - 1; i >= 0; i-- {
		if t.stack[i].place == inItem {
			return &t.list
		}
	}
	if t.again {
		return &t.waste
	}
	return &t.head
}

// push opens an element, unless its tag closed it at once.
func (t *tailor) push(o open, closed bool) {
	if closed {
		if o.closing != "" {
			t.closeEmit(o.closing)
		}
		t.bindings = t.bindings[:o.bindings]
		return
	}
	t.stack = append(t.stack, o)
}

// pop closes the innermost element.
func (t *tailor) pop() {
	o := t.stack[len(t.stack)-1]
	if o.closing != "" {
		t.closeEmit(o.closing)
	}
	t.stack = t.stack[:len(t.stack)-1]
	t.bindings = t.bindings[:min(o.bindings, len(t.bindings))]
}

// endTag closes the element it names, and those inside that were left open. An
// end tag of nothing is passed over.
func (t *tailor) endTag() {
	rest := t.in[t.pos+2:]
	end := strings.IndexByte(rest, '>')
	if end < 0 {
		end = len(rest) - 1
	}
	name := strings.TrimSpace(rest[:max(end, 0)])
	t.pos = min(t.pos+2+end+1, len(t.in))
	if t.over > 0 {
		t.over--
		return
	}
	for i := len(t.stack) - 1; i >= 0; i-- {
		if t.stack[i].name != name && !strings.EqualFold(t.stack[i].name, name) {
			continue
		}
		if t.stack[i].place == inItem {
			t.solid = true
		}
		for len(t.stack) > i {
			t.pop()
		}
		return
	}
	t.stray(name, strings.LastIndexByte(t.in[:t.pos], '<'))
}
