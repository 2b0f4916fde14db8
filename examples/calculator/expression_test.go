package main

import (
	"strings"
	"testing"
)

func TestEvaluate(t *testing.T) {
	for text, want := range map[string]string{
		"3 * 4": "12", "1 + 2 * 3": "7", "(1 + 2) * 3": "9", "-2 * -(3 - 1)": "4", "10 / 4": "2.5",
		"0.1 + 0.2": "0.3", "8 - 3 - 2": "3", "16 / 4 / 2": "2", "--1": "1",
	} {
		value, err := evaluate(text)
		if err != nil || format(value) != want {
			t.Errorf("%s = %v, %v; want %s", text, value, err, want)
		}
	}
}

func TestErrors(t *testing.T) {
	deep := strings.Repeat("(", 100000)
	for _, text := range []string{"1 +", "1 / 0", "(1", "1)", "two", "1..2", "1 2", deep} {
		if value, err := evaluate(text); err == nil {
			t.Errorf("%.20s = %v, want an error", text, value)
		}
	}
}

func TestLines(t *testing.T) {
	var out, problems strings.Builder
	failed, err := calculate(strings.NewReader("3 * 4\n\nbad\n1 + 1"), &out, &problems)
	if err != nil || !failed || out.String() != "12\n2\n" || !strings.HasPrefix(problems.String(), "line 3: ") {
		t.Errorf("%v %v %q %q", failed, err, out.String(), problems.String())
	}
}
