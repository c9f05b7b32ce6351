using Estafeta.Daemons.Local;

namespace Estafeta.Tests.Daemons.Local;

public sealed class DestinationListTests
{
    [Theory]
    [InlineData("u1, u2", "Address:u1 Address:u2")]
    [InlineData("u1 u2,u3", "Address:u1 Address:u2 Address:u3")]
    [InlineData("User Two <u2@local.test>, (a (nested) comment) u4", "Address:u2@local.test Address:u4")]
    [InlineData("\"u5\"@local.test", "Address:u5@local.test")]
    [InlineData("\"a b\"@x", "Address:a b@x")]
    [InlineData("\"|cmd 'a b' \\\"c\\\"\"", "Command:cmd 'a b' \"c\"")]
    [InlineData("|/bin/cmd a", "Command:/bin/cmd Address:a")]
    [InlineData("/var/mail/x, \"/with blank\"", "File:/var/mail/x File:/with blank")]
    [InlineData("~/Mail/", "File:~/Mail/")]
    [InlineData("~user", "Address:~user")]
    [InlineData(":include:/etc/list", "Include:/etc/list")]
    [InlineData("\":include: /etc/list\"", "Include:/etc/list")]
    [InlineData("\\u1", "Address:u1")]
    [InlineData("\\\\u1", "Address:\\u1")]
    [InlineData("\"\\\\u1\"", "Address:\\u1")]
    [InlineData("a\\,b@x", "Address:a,b@x")]
    [InlineData("|/bin/env > /tmp/x", "Command:/bin/env File:/tmp/x")]
    [InlineData("friends: a, b; c", "Address:a Address:b Address:c")]
    [InlineData("good friends : a;", "Address:a")]
    [InlineData("a; b", "Address:a Address:b")]
    [InlineData(":include:/etc/list;", "Include:/etc/list")]
    [InlineData(" , ,", "")]
    [InlineData("<>", "Address:")]
    [InlineData("\"unclosed", "Address:unclosed")]
    [InlineData("(unclosed", "")]
    [InlineData("a <b", "Address:b")]
    public void Parse_GivesTheDestinations(string text, string expected) => Assert.Equal(expected, Show(DestinationList.Parse(text)));

    [Theory]
    [InlineData("u1\nu2\n", "Address:u1 Address:u2")]
    [InlineData("# comment\n\n u4,\n  u5\n  # another\n\"|/bin/cat\"", "Address:u4 Address:u5 Command:/bin/cat")]
    [InlineData("\"|cmd\n  continued\"\n", "Command:cmd   continued")]
    [InlineData("", "")]
    public void ParseFile_JoinsContinuationsAndSkipsComments(string text, string expected) => Assert.Equal(expected, Show(DestinationList.ParseFile(text)));

    [Fact]
    public void Parse_EveryPrefix_Ends()
    {
        const string text = "\"a b\"@x, (c(d)e) <f@g>, \"|h 'i'\", :include:/j, \\k";
        for (var length = 0; length <= text.Length; length++)
        {
            Assert.NotNull(DestinationList.Parse(text[..length]));
        }
    }

    private static string Show(List<Destination> list) => string.Join(' ', list.Select(d => $"{d.Kind}:{d.Text}"));
}
