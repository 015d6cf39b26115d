"""English wordings of each kind of idea: questions, solution, steps. Slots are filled with quoted code."""

from __future__ import annotations

from qarepo_graph.offline.idea_text import IdeaText

ENGLISH_IDEAS: dict[str, IdeaText] = {
    "inverse": IdeaText(
        (
            "How to undo what {f} does, with a counterpart that can {opposite} what it was given?",
            "How to offer the opposite of {f}, so that callers can {opposite} again?",
        ),
        "{f} in {file} lets callers {verb}, and nothing beside it does the opposite. Add {new} next to it, "
        "working on the "
        "same data and raising the same kinds of errors, so that the two can be used as a pair.",
        (
            "Read {f} to see which data it changes and in what form.",
            "Add {new} in {file}, next to {f}, taking the same identifying arguments.",
            "Let {new} report the case that there is nothing to {opposite}.",
            "Test that calling {f} and then {new} leaves the data as it was.",
        ),
    ),
    "setting": IdeaText(
        (
            "How to make the value {value} that {f} uses for {target} configurable by the caller?",
            "How to let users of {f} choose {target} instead of the fixed {value}?",
        ),
        "{f} in {file} has {value} written into its body for {target}. To make it a choice, {give}, with "
        "{value} as the "
        "value used when nothing else is asked for, so that present callers see no change.",
        (
            "In {file}, {give}; its default stands for {value}.",
            "In line {line}, use {p} in place of the fixed {value}.",
            "Describe {p} in the documentation of {f}.",
            "Test {f} once with the default and once with another value.",
        ),
    ),
    "dry_run": IdeaText(
        (
            "How to see what {f} would change without changing anything on disk?",
            "How to run {f} as a rehearsal that skips {call}?",
        ),
        "{f} in {file} changes things outside the program through {call}. For a rehearsal, {give}: when it "
        "is set, the "
        "function does everything up to {call}, says what it would do, and leaves that call out.",
        (
            "In {file}, {give}, off by default.",
            "Put {call} under the condition that {p} is not set.",
            "In the other branch, report what would have been written or removed.",
            "Test that with {p} set nothing is changed.",
        ),
    ),
    "batch": IdeaText(
        (
            "How to apply {f} to many values of {param} in one call?",
            "How to handle a whole list where {f} takes a single {param}?",
        ),
        "{f} in {file} works on one {param} at a time. Add {new}, which takes a sequence, calls {f} for each "
        "member and "
        "returns the results in the same order.",
        (
            "Add {new} in {file}; its argument is a sequence of what {f} takes as {param}.",
            "Inside it, call {f} for each member and collect the results in order.",
            "Decide whether a failing member stops the rest, and say so in the documentation.",
            "Test {new} with no member, one member and several.",
        ),
    ),
    "progress": IdeaText(
        (
            "How to report progress to the caller while {f} loops over {items}?",
            "How to show users how far {f} has come with {items}?",
        ),
        "{f} in {file} loops over {items} and says nothing until it is done. To follow it, {give}, a "
        "callback that is "
        "called after each pass with the number of members handled so far.",
        (
            "In {file}, {give}; without it nothing is called.",
            "Count the passes of the loop over {items}.",
            "At the end of each pass call {p} with that count.",
            "Test that {p} is called once for each member.",
        ),
    ),
    "report": IdeaText(
        (
            "How to learn about each {error} that {f} now handles in silence?",
            "How to let callers of {f} notice when {error} is caught and not raised again?",
        ),
        "{f} in {file} catches {error} and goes on, so its caller never hears of it. To make it visible, "
        "{give}, which is "
        "called with the caught error before the function goes on as it does now.",
        (
            "In {file}, {give}; by default nothing is called.",
            "In the handler for {error}, call {p} with the caught error.",
            "Leave the rest of the handler as it is.",
            "Test that {p} receives the error and that the result of {f} stays the same.",
        ),
    ),
    "stream": IdeaText(
        (
            "How to receive the members of {items} one by one instead of waiting for {f} to finish?",
            "How to use {f} on inputs too large to hold all of {items} in memory?",
        ),
        "{f} in {file} collects everything in {items} and returns it at the end. Add {new}, which hands out "
        "each member as "
        "soon as it is ready; {f} then only collects what {new} gives.",
        (
            "Move the loop of {f} into {new} in {file}.",
            "Where a member is added to {items}, hand it out instead.",
            "Let {f} build {items} from {new}, so that its callers see no change.",
            "Test that both give the same members in the same order.",
        ),
    ),
    "validate": IdeaText(
        (
            "How to reject an invalid {param} early in {f}, with a clear error?",
            "How to protect {f} against wrong values of {param}?",
        ),
        "{f} in {file} uses {param} without looking at it first, so a wrong value shows only where the body "
        "uses it. Add {new}, "
        "which checks the value and names the parameter in its error, and call it at the start of {f}.",
        (
            "Write down which values of {param} the body of {f} can work with.",
            "Add {new} in {file}: it returns for good values and raises an error that names {param} for others.",
            "Call {new} in {f} before {param} is used.",
            "Test {f} with a good value, an empty one and a wrong one.",
        ),
    ),
    "own_error": IdeaText(
        (
            "How to tell failures of {f} apart from any other {error} when handling them?",
            "How to give callers of {f} an error type of its own to catch instead of {error}?",
        ),
        "{f} in {file} reports failures with the general {error}. Add {new}, derived from {error} so that "
        "present handlers "
        "still work, and use it there.",
        (
            "Define {new} in {file}, derived from {error}.",
            "In {f}, raise {new} where {error} is raised now, with the same message.",
            "Name {new} in the documentation of {f}.",
            "Test that handlers for {error} and for {new} both catch the failure.",
        ),
    ),
    "async": IdeaText(
        (
            "How to call {f} from asynchronous code without blocking while {call} waits?",
            "How to run several {f} operations concurrently while each waits for {call}?",
        ),
        "{f} in {file} calls {call}, which can hold up its thread. Add {new}, an asynchronous form "
        "that moves this "
        "waiting off the caller's thread and gives the same result.",
        (
            "Add {new} in {file} with the parameters of {f}.",
            "Inside it, run {f} on a worker thread and wait for it without blocking.",
            "Let errors of {f} reach the caller unchanged.",
            "Test that two calls of {new} overlap and that both results are right.",
        ),
    ),
    "timeout": IdeaText(
        (
            "How to give up in {f} when {call} takes too long?",
            "How to let callers of {f} say how long it may wait for {call}?",
        ),
        "{f} in {file} calls {call} and gives it no time limit. To bound the wait, {give}: when that many seconds "
        "are over, the function stops waiting and reports it as an error.",
        (
            "In {file}, {give}; without it the wait stays unbounded.",
            "Hand {p} on to {call}, or watch the clock around it where it takes no time limit.",
            "When the time is over, clean up and raise an error that names {p}.",
            "Test {f} with a partner that never answers.",
        ),
    ),
    "limit": IdeaText(
        (
            "How to bound the number of passes {f} may make before it gives up?",
            "How to keep {f} from looping without end?",
        ),
        "The loop in {f} ({file}) has no upper bound of its own. To bound it, {give}: after that many passes "
        "the function "
        "stops and says so.",
        (
            "In {file}, {give}; no limit stays the default.",
            "Count the passes of the loop in {f}.",
            "When {p} is reached, leave the loop and report it to the caller.",
            "Test with a condition that never ends.",
        ),
    ),
    "fallback_case": IdeaText(
        (
            "How to make {f} complain about a value of {subject} that none of its cases covers?",
            "How to notice unknown values of {subject} in {f} instead of passing them over?",
        ),
        "{f} in {file} tells cases of {subject} apart and has none for other values. To notice them, {give}: "
        "when it is "
        "set, a value without a case is an error.",
        (
            "In {file}, {give}, off by default.",
            "Add a last case to the decision over {subject}.",
            "In it, report the value when {p} is set, else do as now.",
            "Test with a value that has no case.",
        ),
    ),
    "cache": IdeaText(
        (
            "How to avoid computing {f} again for arguments it has already seen?",
            "How to remember earlier results of {f} between calls?",
        ),
        "{f} in {file} runs its loop anew at each call, even for the same arguments. Add {new}, which keeps "
        "results by "
        "argument and falls back on {f} for new ones; {f} itself stays as it is.",
        (
            "Check which arguments of {f} can serve as a key.",
            "Add {new} in {file}: look the arguments up, else call {f} and keep its result.",
            "Bound the number of kept results and give a way to clear them.",
            "Test that the second call with the same arguments does not run {f}.",
        ),
    ),
}
