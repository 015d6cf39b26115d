package shop;

import shop.pricing.Discount;
import shop.pricing.PriceCalculator;
import shop.report.ReorderReport;
import shop.stock.Item;
import shop.stock.MemoryRepository;
import shop.stock.StockException;
import shop.stock.Warehouse;

/** Walks through one day in the shop. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws StockException {
        Warehouse warehouse = new Warehouse(new MemoryRepository<>());
        Item cup = new Item("CUP-1", "cup", 890);
        warehouse.register(cup);
        warehouse.add("CUP-1", 10);
        try (Warehouse.Reservation order = warehouse.reserve("CUP-1", 4)) {
            order.fulfil();
        }
        ReorderReport report = new ReorderReport(warehouse);
        report.record("CUP-1", 9);
        report.fillUp();
        warehouse.undo();
        PriceCalculator price = new PriceCalculator()
                .add(cup, 4)
                .withDiscount(Discount.fromQuantity(3, Discount.percent(10)));
        System.out.println(warehouse.available("CUP-1") + " cups left, four cost " + price.total() + " cents");
    }
}
