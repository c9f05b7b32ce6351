using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Services.Rewriting;

namespace Estafeta.Tests.Mail.Headers;

public class PlainAddressListTests
{
    private static readonly AddressRewriter Rewriter = new(new RewriteSettings { Myorigin = "my.example", Mydomain = "example", AppendDotMydomain = true });

    private static readonly string[] Pieces =
        ["u@example.com", "<u@example.com>", "user", "a.b", "x+y", "@", "@", "example.com", "mail.example.org", "host", ".", "<", ">", ",", ", ", " ", "\n\t", "Name", "\"", "(", ")", ":", ";", "!", "%", "é", "\\", "[1.2.3.4]", "-", "_"];

    [Theory]
    [InlineData("user@example.com", true)]
    [InlineData("  user@example.com ", true)]
    [InlineData("<user@example.com>", true)]
    [InlineData("Some Name-2 <first.last+x@mail.example.com>,\n\tother@example.org", true)]
    [InlineData("", false)]
    [InlineData("user", false)]
    [InlineData("user@host", false)]
    [InlineData("user@example.com.", false)]
    [InlineData("user@.example.com", false)]
    [InlineData("a..b@example.com", false)]
    [InlineData(".a@example.com", false)]
    [InlineData("user@example.com,", false)]
    [InlineData("user@example.com,,user@example.com", false)]
    [InlineData("user@example.com other@example.com", false)]
    [InlineData("user%site@example.com", false)]
    [InlineData("site!user@example.com", false)]
    [InlineData("\"Name\" <user@example.com>", false)]
    [InlineData("user@example.com (Name)", false)]
    [InlineData("group: user@example.com;", false)]
    [InlineData("Name <user@example.com> x", false)]
    [InlineData("Name <user@example.com", false)]
    [InlineData("<a@example.com><b@example.com>", false)]
    [InlineData("us\u00e9r@example.com", false)]
    [InlineData("user@example.com\r", false)]
    public void IsPlain_TellsTheCommonForms(string value, bool expected) => Assert.Equal(expected, PlainAddressList.IsPlain(Encoding.UTF8.GetBytes(value)));

    [Fact]
    public void WhatIsPlain_IsAListThatCompletingLeavesAlone()
    {
        var random = new Random(20260826);
        var plain = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var value = string.Concat(Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            if (PlainAddressList.IsPlain(Encoding.UTF8.GetBytes(value)))
            {
                plain++;
                AssertUnchanged(value);
            }
        }

        Assert.True(plain > 500, $"{plain} were plain");
    }

    private static void AssertUnchanged(string value)
    {
        var list = HeaderAddressList.Parse(value, 10240);
        Assert.Equal(value.Split(',').Length, list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            list.Replace(i, Rewriter.Rewrite(list.Tokens(i), localContext: true));
        }

        Assert.False(list.IsChanged, value);
    }
}
