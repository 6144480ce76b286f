package parse

import "strconv"

// counted words a number of things.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// mend notes what had to be put right, each thing once.
func (t *tailor) mend(what string) {
	for _, m := range t.mended {
		if m == what {
			return
		}
	}
	t.mended = append(t.mended, what)
}

// mendings are all that was put right in a document, once its texts were read.
func (t *tailor) mendings() []string {
	if t.illegal {
		t.mend("references to characters that XML forbids")
	}
	if t.loose {
		t.mend("ampersands not written as &amp;")
	}
	if t.ended != "" {
		t.mend(t.ended)
	}
	return t.mended
}
