namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly BooleanParameter AllowMinUser = Add(new BooleanParameter("allow_min_user", "no"));
    public static readonly BooleanParameter AllowPercentHack = Add(new BooleanParameter("allow_percent_hack", "yes"));
    public static readonly BooleanParameter AppendAtMyorigin = Add(new BooleanParameter("append_at_myorigin", "yes"));
    public static readonly BooleanParameter AppendDotMydomain = Add(new BooleanParameter("append_dot_mydomain", "${{$compatibility_level} <level {1} ? {yes} : {no}}"));
    public static readonly StringParameter DefaultTransport = Add(new StringParameter("default_transport", "smtp") { MinimumLength = 1 });
    public static readonly StringParameter EmptyAddressDefaultTransportMapsLookupKey = Add(new StringParameter("empty_address_default_transport_maps_lookup_key", "<>") { MinimumLength = 1 });
    public static readonly StringParameter EmptyAddressRelayhostMapsLookupKey = Add(new StringParameter("empty_address_relayhost_maps_lookup_key", "<>") { MinimumLength = 1 });
    public static readonly StringParameter LocalTransport = Add(new StringParameter("local_transport", "local:$myhostname") { MinimumLength = 1 });
    public static readonly StringParameter RelayTransport = Add(new StringParameter("relay_transport", "relay") { MinimumLength = 1 });
    public static readonly BooleanParameter RelocatedPrefixEnable = Add(new BooleanParameter("relocated_prefix_enable", "yes"));
    public static readonly BooleanParameter ResolveDequotedAddress = Add(new BooleanParameter("resolve_dequoted_address", "yes"));
    public static readonly BooleanParameter ResolveNullDomain = Add(new BooleanParameter("resolve_null_domain", "no"));
    public static readonly BooleanParameter ResolveNumericDomain = Add(new BooleanParameter("resolve_numeric_domain", "no"));
    public static readonly StringParameter SenderDependentDefaultTransportMaps = Add(new StringParameter("sender_dependent_default_transport_maps", ""));
    public static readonly StringParameter SenderDependentRelayhostMaps = Add(new StringParameter("sender_dependent_relayhost_maps", ""));
    public static readonly BooleanParameter SwapBangpath = Add(new BooleanParameter("swap_bangpath", "yes"));
    public static readonly StringParameter VirtualTransport = Add(new StringParameter("virtual_transport", "virtual") { MinimumLength = 1 });
}
