"""The unified view of one person and their family.

tell      the front door: records in hand and decisions -> the story, and what to record of it
facts     what a decision may depend on, from a record
judge     every decision about one record, and which of them the asker may notice
blocks    one service's involvement as far as it may be told
withheld  how to say that something is not shown, and which kind of nothing a service's silence is
names     the words an answer is called by: spoken reference, padding
"""
