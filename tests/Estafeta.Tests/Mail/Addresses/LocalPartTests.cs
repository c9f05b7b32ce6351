using Estafeta.Mail.Addresses;

namespace Estafeta.Tests.Mail.Addresses;

/// <summary>Internal to external form; the forms are those an installed Postfix logs.</summary>
public sealed class LocalPartTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("s", "s")]
    [InlineData("s@x", "s@x")]
    [InlineData("a b@x", "\"a b\"@x")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("@x", "\"\"@x")]
    [InlineData("a@b@x", "\"a@b\"@x")]
    [InlineData("a:b@x", "\"a:b\"@x")]
    [InlineData("x@y:z@q", "\"x@y:z\"@q")]
    [InlineData("say \"hi\"@x", "\"say \\\"hi\\\"\"@x")]
    [InlineData("@a@x", "\"@a\"@x")]
    [InlineData("@a:b@x", "@a:b@x")]
    [InlineData("@a,@b:c@x", "@a,@b:c@x")]
    [InlineData("@b:x y@q", "@b:\"x y\"@q")]
    [InlineData("@b:c:d@x", "@b:\"c:d\"@x")]
    [InlineData("@a,@b:c@d@x", "@a,@b:\"c@d\"@x")]
    [InlineData("@b:@x", "@b:\"\"@x")]
    [InlineData("@:c@x", "@:c@x")]
    [InlineData("@a:b", "@a:b")]
    [InlineData("@a:", "@a:")]
    public void Address_IsQuotedWhereItMustBe(string address, string quoted) => Assert.Equal(quoted, LocalPart.Quote(address));
}
